"""Certificates for suites with TLS, made by openssl for one run: a CA that vouches for the server behind the proxies,
and another one that intercepting proxies sign with. All keys are ECDSA P-256.

There are two so that a client that trusts the second one alone finds out who tunnels instead of intercepting.
"""
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .child import Failed

DAYS = "30"
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc")


@dataclass(frozen=True)
class Certificates:
    origin_ca: Path
    origin: Path         # for *.bench.test, and its key
    origin_key: Path
    minting_ca: Path
    minting_key: Path


def make(folder):
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificates(folder / "origin-ca.pem", folder / "origin.pem", folder / "origin.key",
                        folder / "minting-ca.pem", folder / "minting-ca.key")
    for name, certificate, key in (("Bench origin CA", made.origin_ca, folder / "origin-ca.key"),
                                   ("Bench minting CA", made.minting_ca, made.minting_key)):
        _openssl("req", "-x509", *CURVE, "-keyout", key, "-out", certificate, "-days", DAYS, "-subj", f"/CN={name}",
                 "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    _openssl("req", "-x509", *CURVE, "-keyout", made.origin_key, "-out", made.origin, "-days", DAYS,
             "-subj", "/CN=bench.test", "-CA", made.origin_ca, "-CAkey", folder / "origin-ca.key",
             "-addext", "subjectAltName=DNS:*.bench.test,DNS:bench.test", "-addext", "extendedKeyUsage=serverAuth",
             "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=critical,digitalSignature")
    for key in (made.origin_key, made.minting_key):
        key.chmod(0o600)
    return made


def _openssl(*words):
    try:
        done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, timeout=30, check=False)
    except FileNotFoundError as missing:
        raise Failed("openssl not found; install openssl") from missing
    if done.returncode != 0:
        raise Failed("openssl failed: " + done.stderr.strip()[-300:])
