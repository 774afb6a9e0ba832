"""What commands really change, by the kernel's word, beside what shell-write-detect says before they run."""
