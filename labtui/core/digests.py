"""The digest of a variant that is a folder (see runners/PROTOCOL.md)."""

import hashlib
from collections.abc import Mapping

from labtui.core.model import Digest

MANIFEST = "Manifest.json"
"""At the top of an `.mlpackage`; its identifiers are new at every conversion."""


def folder_digest(files: Mapping[str, Digest]) -> Digest:
    """Return the digest of a folder from its files' own digests, by relative path with `/`.

    SHA-256 over each path, a zero byte and the 32 bytes of the file's digest, in the order of the
    paths' UTF-8 bytes; the manifest at the top is left out.
    """
    total = hashlib.sha256()
    contents = ((path.encode(), digest) for path, digest in files.items() if path != MANIFEST)
    for path, digest in sorted(contents):
        total.update(path + b"\0" + bytes.fromhex(digest))
    return Digest(total.hexdigest())
