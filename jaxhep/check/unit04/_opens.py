"""Task 12: does a sealed truth fit its commitment?"""

from __future__ import annotations

import base64
import hashlib
import json

from jaxhep.check.reading import Case
from jaxhep.check.verdict import Task


def reference(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed)).hexdigest() == commitment


def cases() -> list[Case]:
    truth = b'{"salt": "c0ffee00c0ffee00c0ffee00",  "mu": 1.5, "theta": {"lumi": -0.25}}\n'
    sealed = base64.encodebytes(truth).decode()  # in several lines, as in the file
    digest = hashlib.sha256(truth).hexdigest()
    altered = base64.b64encode(truth.replace(b"1.5", b"1.6")).decode()
    tidy = json.dumps(json.loads(truth)).encode()
    return [
        Case((sealed, digest), "a truth that fits its commitment"),
        Case((altered, digest), "a truth that was altered after the commitment"),
        Case((sealed, digest[:8] + "0" * 56), "a commitment that begins like the right one"),
        Case((sealed, digest[:16] + "0" * 48), "a commitment with the first 16 digits of the right one"),
        Case((sealed, "0" * 56 + digest[-8:]), "a commitment that ends like the right one"),
        Case((sealed, digest[:40]), "a commitment that was cut short"),
        Case(
            (sealed, digest[:-1] + ("0" if digest[-1] != "0" else "1")), "a commitment that differs in its last digit"
        ),
        Case((sealed, hashlib.sha256(sealed.encode()).hexdigest()), "the hash of the text as it stands in the file"),
        Case((sealed, hashlib.sha256(tidy).hexdigest()), "the hash of the same numbers written differently"),
        Case((sealed, hashlib.sha256(truth.strip()).hexdigest()), "the hash of the bytes without the last line's end"),
        Case((sealed, hashlib.md5(truth, usedforsecurity=False).hexdigest()), "another kind of hash"),
        Case((sealed, hashlib.sha1(truth, usedforsecurity=False).hexdigest()), "yet another kind of hash"),
        Case((sealed, hashlib.sha512(truth).hexdigest()), "a longer hash"),
    ]


task = Task(
    number=12,
    name="opens",
    reference=reference,
    cases=cases,
    returns="True or False",
    meaning="Nobody changed the truth after the data were published, because nobody finds another text with the same "
    "SHA-256.",
)


# --- known mistakes


@task.mistake("It answers the other way round: True means that truth and commitment fit.")
def other_way_round(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed)).hexdigest() != commitment


@task.mistake("It accepts everything: a truth that was altered must be refused.")
def accepts_everything(sealed, commitment):
    truth = json.loads(base64.b64decode(sealed))
    return "mu" in truth


@task.mistake("It refuses everything, even the right truth: are bytes compared with text, digest() with hexdigest()?")
def bytes_against_text(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed)).digest() == commitment


@task.mistake("It hashes the text as it stands in the file: the commitment is to the bytes that base64 encodes.")
def text_hashed(sealed, commitment):
    return hashlib.sha256(sealed.encode()).hexdigest() == commitment


@task.mistake(
    "It hashes the numbers written anew: one space more or less changes the hash. Hash the decoded bytes as they are."
)
def json_written_anew(sealed, commitment):
    return hashlib.sha256(json.dumps(json.loads(base64.b64decode(sealed))).encode()).hexdigest() == commitment


@task.mistake("It compares only the first few digits: those are quickly forged.")
def first_8_digits(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed)).hexdigest()[:8] == commitment[:8]


@task.mistake("It compares only the first 16 digits: compare all 64.")
def first_16_digits(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed)).hexdigest()[:16] == commitment[:16]


@task.mistake("It compares only the last few digits: compare all 64.")
def last_digits(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed)).hexdigest()[-8:] == commitment[-8:]


@task.mistake("It hashes the text without the white space at its end: hash the decoded bytes as they are.")
def stripped(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed).strip()).hexdigest() == commitment


@task.mistake("It accepts a commitment that isn't equal to the hash: compare every digit.")
def all_digits_but_one(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed)).hexdigest()[:63] == commitment[:63]


@task.mistake("This hash is MD5, broken long ago; the commitment is SHA-256.")
def md5(sealed, commitment):
    return hashlib.md5(base64.b64decode(sealed)).hexdigest() == commitment


@task.mistake("This hash is SHA-1, broken some years ago; the commitment is SHA-256.")
def sha1(sealed, commitment):
    return hashlib.sha1(base64.b64decode(sealed)).hexdigest() == commitment


@task.mistake("This hash is SHA-512, longer than the commitment, which is SHA-256.")
def sha512(sealed, commitment):
    return hashlib.sha512(base64.b64decode(sealed)).hexdigest() == commitment
