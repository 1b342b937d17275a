#!/usr/bin/python3
"""A disk that remembers in which order it was written: `recorder.py MOUNTPOINT IMAGE LOG`.

Under MOUNTPOINT are `disk.img`, which begins as IMAGE and is to be mounted through a loop device, and `marker`, into which a program says what it was told
is safe. LOG gets one record for each block write (W), each flush (F: the loop driver passes a flush of the block layer on as fsync) and each
line of the marker (M), in the order in which they came: one byte of kind, then offset and length as little-endian 64 and 32 bits, then the bytes.
From it the disk can be made again as a power cut at any moment might have left it.
"""
import errno
import stat
import struct
import sys

from fusepy import FUSE, FuseOSError, Operations

DISK, MARKER = "/disk.img", "/marker"


class Recorder(Operations):
    def __init__(self, image, log):
        with open(image, "rb") as file:
            self.disk = bytearray(file.read())
        self.log = open(log, "wb", buffering=0)

    def record(self, kind, offset=0, data=b""):
        self.log.write(kind + struct.pack("<QI", offset, len(data)) + data)

    def getattr(self, path, fh=None):
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        if path not in (DISK, MARKER):
            raise FuseOSError(errno.ENOENT)
        return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": len(self.disk) if path == DISK else 0}

    def readdir(self, path, fh):
        return [".", "..", DISK[1:], MARKER[1:]]

    def open(self, path, flags):
        return 0

    def truncate(self, path, length, fh=None):
        return 0

    def read(self, path, size, offset, fh):
        return bytes(self.disk[offset : offset + size]) if path == DISK else b""

    def write(self, path, data, offset, fh):
        if path == DISK:
            self.disk[offset : offset + len(data)] = data
            self.record(b"W", offset, data)
        else:
            self.record(b"M", 0, data)
        return len(data)

    def fsync(self, path, datasync, fh):
        if path == DISK:
            self.record(b"F")
        return 0

    def flush(self, path, fh):
        return 0


if __name__ == "__main__":
    mountpoint, image, log = sys.argv[1:4]
    # One thread: the order of the log is the order of the disk.
    FUSE(Recorder(image, log), mountpoint, foreground=True, nothreads=True)
