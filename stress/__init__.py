"""Many real processes against one file, one dispatcher, one tree, with faults: is anything lost, how long it takes."""
