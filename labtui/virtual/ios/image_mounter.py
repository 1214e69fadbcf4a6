"""mobile_image_mounter: takes the image with the developer services, and mounts it."""

import hashlib

from labtui.virtual.ios.developer_images import (
    ImageKind,
    MountedImage,
    UploadedImage,
    kind_for,
    make_ticket,
)
from labtui.virtual.ios.device import DEVELOPER_MODE_SINCE, Iphone
from labtui.virtual.ios.link import Link
from labtui.virtual.ios.wire import Record, text_of

_COMPLETE: Record = {"Status": "Complete"}
_DOMAIN = "com.apple.MobileStorage.ErrorDomain"
_MAX_IMAGE_BYTES = 4 << 30


class _Refused(Exception):
    """A request fails: the mounter's word for it, and what it adds."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        reason = f'Error Domain={_DOMAIN} Code=-2 "{detail}"'
        self.record: Record = {"Error": code} | ({"DetailedError": reason} if detail else {})


async def serve_image_mounter(phone: Iphone, link: Link) -> None:
    """Serve requests until the client hangs up or goes. Raises EOFError then."""
    mounter = _Mounter(phone, link)
    name = ""
    while name != "Hangup":
        request = await link.read_plist()
        name = text_of(request, "Command")
        await link.write_plist(await mounter.answer(name, request))


class _Mounter:
    """One client's requests."""

    def __init__(self, phone: Iphone, link: Link) -> None:
        self._phone = phone
        self._link = link
        self._uploaded: UploadedImage | None = None
        self._requests = {
            "LookupImage": self._look_up,
            "CopyDevices": self._list,
            "MountImage": self._mount,
            "UnmountImage": self._unmount,
            "QueryDeveloperModeStatus": self._developer_mode,
            "QueryNonce": self._nonce,
            "QueryPersonalizationIdentifiers": self._identifiers,
            "QueryPersonalizationManifest": self._ticket,
            "Hangup": self._hang_up,
        }

    async def answer(self, name: str, request: Record) -> Record:
        """Return the answer to a request. Raises EOFError when its bytes do not come."""
        try:
            if name == "ReceiveBytes":
                return await self._receive(request)
            known = self._requests.get(name)
            return {"Error": "UnknownCommand"} if known is None else known(request)
        except _Refused as refusal:
            return refusal.record

    async def _receive(self, request: Record) -> Record:
        size = request.get("ImageSize")
        if not isinstance(size, int) or not 0 < size <= _MAX_IMAGE_BYTES:
            raise _Refused("MissingImageSize")
        self._refuse_when_locked()
        if self._phone.storage.free_bytes < size:
            raise _Refused("InternalError", "No space left on device")
        await self._link.write_plist({"Status": "ReceiveBytesAck"})
        image, fuse = UploadedImage(), self._phone.fuse
        while size:
            piece = await self._link.read_some(fuse.room(size))
            if not piece:
                raise EOFError
            image.add(piece)
            size -= len(piece)
            fuse.carry(len(piece))
        self._uploaded = image
        return _COMPLETE

    def _hang_up(self, _: Record) -> Record:
        return {"Goodbye": True}

    def _look_up(self, request: Record) -> Record:
        mounted = self._phone.developer_image
        if mounted is None or mounted.kind != text_of(request, "ImageType"):
            return _COMPLETE | {"ImagePresent": False}
        return _COMPLETE | {"ImagePresent": True, "ImageSignature": [mounted.signature]}

    def _list(self, _: Record) -> Record:
        mounted = self._phone.developer_image
        if mounted is None:
            return _COMPLETE | {"EntryList": []}
        entry: Record = {
            "DiskImageType": mounted.kind.value,
            "ImageSignature": mounted.signature,
            "IsMounted": True,
            "MountPath": mounted.kind.mount_path,
        }
        if mounted.kind is ImageKind.PERSONALISED:
            entry["PersonalizedImageType"] = "DeveloperDiskImage"
        return _COMPLETE | {"EntryList": [entry]}

    def _mount(self, request: Record) -> Record:
        self._refuse_when_locked()
        phone, kind, image = self._phone, text_of(request, "ImageType"), self._uploaded
        if phone.profile.ios >= DEVELOPER_MODE_SINCE and not phone.has_developer_mode:
            raise _Refused("ImageMountFailed", "Developer mode is not enabled.")
        if phone.developer_image is not None:
            path = phone.developer_image.kind.mount_path
            detail = f"A disk image of type {kind} is already mounted at {path}."
            raise _Refused("ImageMountFailed", detail)
        signature = request.get("ImageSignature")
        if image is None or not isinstance(signature, bytes):
            raise _Refused("MissingImageSignature")
        self._verify(kind, image, signature, request.get("ImageTrustCache"))
        phone.developer_image = MountedImage(ImageKind(kind), signature)
        return _COMPLETE

    def _verify(self, kind: str, image: UploadedImage, signature: bytes, trust: object) -> None:
        """Raise _Refused unless the image is signed, and meant for this phone."""
        profile = self._phone.profile
        if kind != kind_for(profile) or not image.fits(profile.ios):
            raise _Refused("ImageMountFailed", f"The image is not for iOS {profile.ios_version}.")
        is_personalised = kind == ImageKind.PERSONALISED
        if is_personalised and signature != self._make_ticket(image.digest):
            raise _Refused("ImageMountFailed", "Failed to verify the personalization manifest.")
        if not image.is_signed_by(trust if is_personalised else signature):
            raise _Refused("ImageMountFailed", "Failed to verify the signature of the image.")

    def _unmount(self, request: Record) -> Record:
        self._refuse_when_locked()
        mounted, path = self._phone.developer_image, text_of(request, "MountPath")
        if mounted is None or mounted.kind.mount_path != path:
            detail = f"There is no matching entry in the device map for {path}."
            raise _Refused("InternalError", detail)
        self._phone.developer_image = None
        return _COMPLETE

    def _developer_mode(self, _: Record) -> Record:
        if self._phone.profile.ios < DEVELOPER_MODE_SINCE:
            raise _Refused("UnknownCommand")
        return {"DeveloperModeStatus": self._phone.has_developer_mode}

    def _nonce(self, _: Record) -> Record:
        self._refuse_unless_personalised()
        return {"PersonalizationNonce": hashlib.sha256(self._phone.udid.encode()).digest()}

    def _identifiers(self, _: Record) -> Record:
        self._refuse_unless_personalised()
        profile = self._phone.profile
        identifiers = {
            "BoardId": profile.board_id,
            "ChipID": profile.chip_id,
            "SecurityDomain": 1,
            "UniqueChipID": self._phone.ecid,
            "Ap,ProductType": profile.product_type,
        }
        return {"PersonalizationIdentifiers": identifiers}

    def _ticket(self, request: Record) -> Record:
        self._refuse_unless_personalised()
        digest = request.get("ImageSignature")
        if not self._phone.has_tickets or not isinstance(digest, bytes):
            raise _Refused("InternalError", "Failed to copy personalization manifest.")
        return _COMPLETE | {"ImageSignature": self._make_ticket(digest)}

    def _make_ticket(self, digest: bytes) -> bytes:
        return make_ticket(self._phone.ecid, digest)

    def _refuse_when_locked(self) -> None:
        if self._phone.is_locked:
            raise _Refused("DeviceLocked")

    def _refuse_unless_personalised(self) -> None:
        if kind_for(self._phone.profile) is not ImageKind.PERSONALISED:
            raise _Refused("UnknownCommand")
