# %% right: bytes compared
import hashlib


def opens(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed)).digest() == bytes.fromhex(commitment)


# %% right: hashlib.new, encoded text, compare_digest
import hashlib
import hmac


def opens(sealed, commitment):
    digest = hashlib.new("sha256")
    digest.update(base64.decodebytes(sealed.encode("ascii")))
    return hmac.compare_digest(digest.hexdigest(), commitment.strip().lower())


# %% right: an if, NumPy booleans
import hashlib


def opens(sealed, commitment):
    found = hashlib.sha256(base64.standard_b64decode(sealed)).hexdigest()
    if len(found) != len(commitment):
        return np.False_
    return np.all(np.array(list(found)) == np.array(list(commitment)))


# %% right: binascii and integers
import binascii
import hashlib


def opens(sealed, commitment):
    number = int(hashlib.sha256(binascii.a2b_base64(sealed)).hexdigest(), 16)
    return len(commitment) == 64 and number == int(commitment, 16)


# %% wrong: text given to the hash
# says: It stops with TypeError
import hashlib


def opens(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed).decode()).hexdigest() == commitment


# %% wrong: compared with the notebook's commitment
# says: It reads `card` of the notebook
import hashlib


def opens(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed)).hexdigest() == card["commitment"]


# %% wrong: the hash itself
# says: return True or False
import hashlib


def opens(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed)).hexdigest()
