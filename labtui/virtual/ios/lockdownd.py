"""lockdownd: who the phone is, whom it trusts, and where its services are."""

import ssl
import uuid

from labtui.virtual.ios.device import Iphone
from labtui.virtual.ios.link import Link
from labtui.virtual.ios.pairing import PairingRefused
from labtui.virtual.ios.ports import PortTable
from labtui.virtual.ios.services import find_service
from labtui.virtual.ios.values import domain_values, public_values
from labtui.virtual.ios.wire import Record, text_of

LOCKDOWN_PORT = 62078
_LOCKED = "PasswordProtected"


class _Refused(Exception):
    """A request fails; the message is lockdownd's word for it."""


class Lockdownd:
    """One client's conversation."""

    def __init__(self, phone: Iphone, ports: PortTable, link: Link) -> None:
        self._phone = phone
        self._ports = ports
        self._link = link
        self._session: ssl.SSLContext | None = None
        """How this client is talked to in its session; None outside of one."""
        self._requests = {
            "QueryType": self._query_type,
            "GetValue": self._get_value,
            "Pair": self._pair,
            "ValidatePair": self._validate_pair,
            "Unpair": self._unpair,
            "StartSession": self._start_session,
            "StopSession": self._stop_session,
            "StartService": self._start_service,
            "Goodbye": self._goodbye,
        }

    async def run(self) -> None:
        """Answer until the client goes or stops its session. Raises EOFError, WireError, OSError.

        Real phones go on in the clear after a session; this one hangs up, which clients must
        expect at any time.
        """
        name = ""
        while name not in {"StopSession", "Goodbye"}:
            request = await self._link.read_plist()
            name = text_of(request, "Request")
            was_outside = self._session is None
            await self._link.write_plist({"Request": name} | self._answer(name, request))
            if was_outside and self._session is not None:
                await self._link.start_tls(self._session)

    def _answer(self, name: str, request: Record) -> Record:
        answer = self._requests.get(name)
        if answer is None:
            return {"Error": "InvalidRequest"}
        try:
            return answer(request)
        except (_Refused, PairingRefused) as refusal:
            return {"Error": str(refusal)}

    def _goodbye(self, _: Record) -> Record:
        return {}

    def _query_type(self, _: Record) -> Record:
        return {"Type": "com.apple.mobile.lockdown"}

    def _get_value(self, request: Record) -> Record:
        domain, key = text_of(request, "Domain"), text_of(request, "Key")
        if self._session is not None:
            values = domain_values(self._phone, domain)
        elif domain:
            raise _Refused("GetProhibited")
        else:
            values = public_values(self._phone)
        if key and key not in values:
            raise _Refused("MissingValue")
        return {"Domain": domain, "Key": key, "Value": values[key] if key else values}

    def _pair(self, request: Record) -> Record:
        self._refuse_when_locked()
        return {"EscrowBag": self._phone.pairings.pair(_pair_record(request))}

    def _validate_pair(self, request: Record) -> Record:
        self._context_for(text_of(_pair_record(request), "HostID"))
        return {}

    def _unpair(self, request: Record) -> Record:
        host_id = text_of(_pair_record(request), "HostID")
        self._context_for(host_id)
        self._phone.pairings.forget(host_id)
        return {}

    def _start_session(self, request: Record) -> Record:
        if self._session is not None:
            raise _Refused("SessionActive")
        self._refuse_when_locked()
        self._session = self._context_for(text_of(request, "HostID"))
        return {"SessionID": str(uuid.uuid4()).upper(), "EnableSessionSSL": True}

    def _stop_session(self, _: Record) -> Record:
        if self._session is None:
            raise _Refused("SessionInactive")
        return {"Result": "Success"}

    def _start_service(self, request: Record) -> Record:
        if self._session is None:
            raise _Refused("SessionInactive")
        self._refuse_when_locked()
        name = text_of(request, "Service")
        service = find_service(self._phone, name)
        if service is None:
            raise _Refused("InvalidService")
        port = self._ports.open(service, self._session)
        return {"Service": name, "Port": port, "EnableServiceSSL": True}

    def _refuse_when_locked(self) -> None:
        if self._phone.is_locked:
            raise _Refused(_LOCKED)

    def _context_for(self, host_id: str) -> ssl.SSLContext:
        context = self._phone.pairings.context(host_id)
        if context is None:
            raise _Refused("InvalidHostID")
        return context


def _pair_record(request: Record) -> Record:
    record = request.get("PairRecord")
    return record if isinstance(record, dict) else {}
