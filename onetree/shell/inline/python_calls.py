"""The calls of Python's library, and of some others, that do something to files.

A row gives each parameter in order as ROLE:NAME. Roles: r read, w write, d delete, m change mode, owner or times,
R W D the same with all below it, f make a folder, . is no file. Sources: the Python 3.11 library reference (os, shutil,
pathlib, zipfile, logging, sqlite3, urllib.request) and the reference pages of the other packages.
"""

CALLS = {
    "os.remove": "d:path",
    "os.unlink": "d:path",
    "os.rmdir": "d:path",
    "os.removedirs": "d:name",
    "os.mkdir": "f:path",
    "os.makedirs": "f:name",
    "os.truncate": "w:path",
    "os.chmod": "m:path",
    "os.lchmod": "m:path",
    "os.chown": "m:path",
    "os.lchown": "m:path",
    "os.utime": "m:path",
    "os.setxattr": "m:path",
    "os.removexattr": "m:path",
    "os.mkfifo": "w:path",
    "os.mknod": "w:path",
    "shutil.rmtree": "D:path",
    "shutil.chown": "m:path",
    "shutil.copymode": ".:src m:dst",
    "shutil.copystat": ".:src m:dst",
    "sqlite3.connect": "w:database",
    "logging.FileHandler": "w:filename",
    "logging.handlers.RotatingFileHandler": "w:filename",
    "logging.handlers.TimedRotatingFileHandler": "w:filename",
    "logging.handlers.WatchedFileHandler": "w:filename",
    "logging.basicConfig": ".: w:filename",
    "logging.config.fileConfig": "r:fname",
    "urllib.request.urlretrieve": ".:url w:filename",
    "py_compile.compile": "r:file w:cfile",
    "zipapp.create_archive": "R:source w:target",
    "venv.create": "W:env_dir",
    "numpy.save": "w:file",
    "numpy.savez": "w:file",
    "numpy.savez_compressed": "w:file",
    "numpy.savetxt": "w:fname",
    "numpy.load": "r:file",
    "numpy.loadtxt": "r:fname",
    "matplotlib.pyplot.savefig": "w:fname",
    "matplotlib.pyplot.imsave": "w:fname",
    "joblib.dump": ".:value w:filename",
    "torch.save": ".:obj w:f",
    "cv2.imwrite": "w:filename",
    "imageio.imwrite": "w:uri",
    "soundfile.write": "w:file",
    "pandas.read_csv": "r:filepath_or_buffer",
    "pandas.read_json": "r:path_or_buf",
    "pandas.read_parquet": "r:path",
    "pandas.ExcelWriter": "w:path",
    "xml.etree.ElementTree.parse": "r:source",
    "dotenv.set_key": "w:dotenv_path",
    "dotenv.unset_key": "w:dotenv_path",
    "dotenv.load_dotenv": "r:dotenv_path",
    "tomlkit.toml_file.TOMLFile": "r:path",
}

# What opens a file: the parameters and the mode if none is given.
OPENS = {
    "open": ("file mode", "r"),
    "codecs.open": ("filename mode", "r"),
    "gzip.open": ("filename mode", "rb"),
    "gzip.GzipFile": ("filename mode", "rb"),
    "bz2.open": ("filename mode", "rb"),
    "bz2.BZ2File": ("filename mode", "r"),
    "lzma.open": ("filename mode", "rb"),
    "lzma.LZMAFile": ("filename mode", "r"),
    "io.FileIO": ("file mode", "r"),
    "zipfile.ZipFile": ("file mode", "r"),
    "zipfile.PyZipFile": ("file mode", "r"),
    "tarfile.open": ("name mode", "r"),
    "tarfile.TarFile": ("name mode", "r"),
    "dbm.open": ("file flag", "r"),
    "wave.open": ("f mode", "rb"),
    "h5py.File": ("name mode", "r"),
    "aiofiles.open": ("file mode", "r"),
    "tokenize.open": ("filename mode", "r"),
    "linecache.getlines": ("filename mode", "r"),
    "rasterio.open": ("fp mode", "r"),
    "netCDF4.Dataset": ("filename mode", "r"),
}

# Methods of pathlib.Path.
PATH_METHODS = {
    "unlink": "d",
    "rmdir": "d",
    "touch": "w",
    "mkdir": "f",
    "write_text": "w",
    "write_bytes": "w",
    "chmod": "m",
    "lchmod": "m",
    "read_text": "r",
    "read_bytes": "r",
}

# Methods of values that are not known, by their name alone: they are as good as only a file's.
WRITERS = {
    "to_csv": "w:path_or_buf",
    "to_json": "w:path_or_buf",
    "to_excel": "w:excel_writer",
    "to_parquet": "w:path",
    "to_feather": "w:path",
    "to_pickle": "w:path",
    "to_html": "w:buf",
    "to_markdown": "w:buf",
    "to_latex": "w:buf",
    "to_xml": "w:path_or_buffer",
    "to_stata": "w:path",
    "to_hdf": "w:path_or_buf",
    "savefig": "w:fname",
    "save": "w:path",
    "write_image": "w:file",
    "write_html": "w:file",
    "write_csv": "w:file",
    "write_parquet": "w:file",
    "write_json": "w:file",
    "export_text": "w:path",
    "extractall": "W:path",
    "urlretrieve": ".:url w:filename",
    "download_file": ".:a .:b w:c",
    "write_pdf": "w:target",
    "save_pretrained": "W:save_directory",
}
UNSURE_WRITERS = frozenset(("save", "download_file", "export_text", "urlretrieve"))  # only with a path that is known

# Other names of the same things.
SAME = {
    "io.open": "open",
    "_io.open": "open",
    "os.fdopen": "fdopen",
    "pathlib.PosixPath": "pathlib.Path",
    "pathlib.PurePath": "pathlib.Path",
    "pathlib.PurePosixPath": "pathlib.Path",
    "subprocess.check_call": "subprocess.call",
    "fileinput.FileInput": "fileinput.input",
    "matplotlib.pylab.savefig": "matplotlib.pyplot.savefig",
    "importlib.import_module": "__import__",
    "os.popen2": "os.popen",
    "commands.getoutput": "subprocess.getoutput",
}
MODULES = {
    "posix": "os",
    "nt": "os",
    "posixpath": "os.path",
    "ntpath": "os.path",
    "builtins": "",
    "__builtins__": "",
    "_io": "io",
    "pathlib2": "pathlib",
    "np": "numpy",
    "cPickle": "pickle",
}

# Words of a program that writes, runs, or hides what it does: where one that is not read to its end may do so.
TELLING = frozenset(
    "remove unlink rmdir removedirs rmtree rename replace renames mkdir makedirs copytree copyfile copy2 move truncate "
    "write_text write_bytes touch symlink symlink_to hardlink_to chmod chown system popen Popen check_call call run "
    "exec eval compile execv execvp execve spawnv posix_spawn urlretrieve extractall unpack_archive make_archive "
    "to_csv to_json savefig".split()
)
# Methods that as good as always write or run something, whatever they belong to.
TELLING_METHODS = frozenset(
    "rmtree makedirs copytree copyfile copy2 write_text write_bytes unlink symlink_to hardlink_to system popen Popen "
    "check_call check_output urlretrieve extractall unpack_archive make_archive to_csv to_json savefig".split()
)


def full(name: str) -> str:
    """The one name under which a thing is in the tables."""
    head, dot, rest = name.partition(".")
    if head in MODULES and dot:
        name = f"{MODULES[head]}.{rest}".lstrip(".")
    return SAME.get(name, name)
