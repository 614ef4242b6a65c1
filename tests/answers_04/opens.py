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


# %% wrong: inverted
# says: the other way round
import hashlib


def opens(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed)).hexdigest() != commitment


# %% wrong: always true
# says: It accepts everything
def opens(sealed, commitment):
    truth = json.loads(base64.b64decode(sealed))
    return "mu" in truth


# %% wrong: bytes against text
# says: It refuses everything
import hashlib


def opens(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed)).digest() == commitment


# %% wrong: the text hashed
# says: It hashes the text as it stands in the file
import hashlib


def opens(sealed, commitment):
    return hashlib.sha256(sealed.encode()).hexdigest() == commitment


# %% wrong: JSON written anew
# says: It hashes the numbers written anew
import hashlib


def opens(sealed, commitment):
    return hashlib.sha256(json.dumps(json.loads(base64.b64decode(sealed))).encode()).hexdigest() == commitment


# %% wrong: first digits only
# says: only the first few digits
import hashlib


def opens(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed)).hexdigest()[:8] == commitment[:8]


# %% wrong: MD5
# says: This hash is MD5
import hashlib


def opens(sealed, commitment):
    return hashlib.md5(base64.b64decode(sealed)).hexdigest() == commitment


# %% wrong: SHA-1
# says: This hash is SHA-1
import hashlib


def opens(sealed, commitment):
    return hashlib.sha1(base64.b64decode(sealed)).hexdigest() == commitment


# %% wrong: text given to the hash
# says: It stops with TypeError
import hashlib


def opens(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed).decode()).hexdigest() == commitment


# %% wrong: the printed digits only
# says: only the first 16 digits
import hashlib


def opens(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed)).hexdigest()[:16] == commitment[:16]


# %% wrong: all digits but one
# says: compare every digit
import hashlib


def opens(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed)).hexdigest()[:63] == commitment[:63]


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


# %% wrong: only the last digits
# says: only the last few digits
import hashlib


def opens(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed)).hexdigest()[-8:] == commitment[-8:]


# %% wrong: the bytes stripped
# says: without the white space at its end
import hashlib


def opens(sealed, commitment):
    return hashlib.sha256(base64.b64decode(sealed).strip()).hexdigest() == commitment
