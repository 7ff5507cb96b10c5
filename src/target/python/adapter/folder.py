# The directory that the interpreter may write to, with the copy of the hand-in in it: each scenario finds it as the
# import has left it, whatever the scenario before has done there.

import builtins
import posix
import sys

# A hand-in may put something else in place of any function that everything finds by its name. What is defined from here on finds
# those of the interpreter, and those of the system.
__builtins__ = dict(vars(builtins))


def copied(module):
    copy = type(sys)(module.__name__)
    vars(copy).update(vars(module))
    return copy


posix = copied(posix)

# The working directory, which comes first for a program that is given with -c: nothing of the interpreter's own is to be
# looked for there.
sys.path.pop(0)

# More than the copy has at most. Of an import that leaves even more, nothing is put back.
LEFT_MAX = 64 << 20
OWNER_ONLY = 0o700
PERMISSIONS = 0o777


class Directory:
    """What was in a directory once, in memory: the kind and mode of everything, and what is in it."""

    def __init__(self, root):
        self.root = root
        # By path, each directory before what is in it.
        self.kept = {}

    def keep(self):
        """Takes what is there now for what is to be put back."""
        size = 0
        waiting = [self.root]
        for directory in waiting:
            for entry in entries(directory):
                kind, mode, length = state(entry)
                size += length
                if size > LEFT_MAX:
                    self.kept = None
                    return
                self.kept[entry.path] = kind, mode, content(entry, kind)
                if kind == "directory":
                    waiting.append(entry.path)

    def put_back(self):
        """Makes it what it was. What is as it was is left alone."""
        if self.kept is None:
            return
        if not posix.access(self.root, posix.F_OK):
            posix.mkdir(self.root, OWNER_ONLY)
        missing = dict(self.kept)
        waiting = [self.root]
        for directory in waiting:
            for entry in entries(directory):
                if not self.is_as_kept(entry):
                    remove(entry)
                else:
                    del missing[entry.path]
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        for path, (kind, mode, data) in missing.items():
            make(path, kind, mode, data)

    def is_as_kept(self, entry):
        if entry.path not in self.kept:
            return False
        kind, mode, data = self.kept[entry.path]
        now = state(entry)
        if now[:2] != (kind, mode):
            return False
        # The length first: a file that has grown is not read.
        return kind == "directory" or now[2] == len(data) and content(entry, kind) == data


def entries(directory):
    try:
        return list(posix.scandir(directory))
    except PermissionError:
        posix.chmod(directory, OWNER_ONLY)
        return list(posix.scandir(directory))


def state(entry):
    """The kind of an entry, its mode, and the length of what is kept of it."""
    data = entry.stat(follow_symlinks=False)
    mode = data.st_mode & PERMISSIONS
    if entry.is_symlink():
        return "link", mode, len(posix.readlink(entry.path))
    if entry.is_dir(follow_symlinks=False):
        return "directory", mode, 0
    if entry.is_file(follow_symlinks=False):
        return "file", mode, data.st_size
    return "other", mode, 0


def content(entry, kind):
    if kind == "link":
        return posix.readlink(entry.path)
    if kind != "file":
        return b""
    descriptor = posix.open(entry.path, posix.O_RDONLY | posix.O_CLOEXEC | posix.O_NOFOLLOW)
    try:
        return b"".join(iter(lambda: posix.read(descriptor, 1 << 20), b""))
    finally:
        posix.close(descriptor)


def remove(entry):
    # Not by calling itself: how deep it goes was decided by the hand-in.
    if not entry.is_dir(follow_symlinks=False):
        posix.unlink(entry.path)
        return
    directories = [entry.path]
    for directory in directories:
        for inner in entries(directory):
            if inner.is_dir(follow_symlinks=False):
                directories.append(inner.path)
            else:
                posix.unlink(inner.path)
    for directory in reversed(directories):
        posix.rmdir(directory)


def make(path, kind, mode, data):
    if kind == "directory":
        posix.mkdir(path)
    elif kind == "link":
        posix.symlink(data, path)
        return
    elif kind == "file":
        descriptor = posix.open(path, posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[posix.write(descriptor, rest):]
        finally:
            posix.close(descriptor)
    else:
        return  # A FIFO or a socket: what was at its other end is gone.
    posix.chmod(path, mode)


