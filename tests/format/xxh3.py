"""XXH3, 64 and 128 bits, of a whole byte string: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md

Standard library only, so that the reader beside it needs nothing but Python. A seed is taken for 64 bits alone,
since Stet's format asks for it nowhere else. Sums are masked where they must be of 64 bits and no earlier.
"""

import struct
from operator import xor

M32 = 0xFFFFFFFF
M64 = 0xFFFFFFFFFFFFFFFF
P32 = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)
P64 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)
MX1 = 0x165667919E3779F9
MX2 = 0x9FB21C651E98DF25

SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")

STRIPE = 64
BLOCK = 1024  # as many stripes as the secret has room for, one 8 bytes further for each


def u32(data, at):
    return struct.unpack_from("<I", data, at)[0]


def u64(data, at):
    return struct.unpack_from("<Q", data, at)[0]


def swap32(x):
    return int.from_bytes(x.to_bytes(4, "little"), "big")


def swap64(x):
    return int.from_bytes(x.to_bytes(8, "little"), "big")


def rotated(x, by, bits=64):
    return (x << by | x >> bits - by) & (1 << bits) - 1


def folded(x, y):
    product = x * y
    return product & M64 ^ product >> 64


def avalanche(h):
    h &= M64
    h ^= h >> 37
    h = h * MX1 & M64
    return h ^ h >> 32


def avalanche_64(h):
    h &= M64
    h ^= h >> 33
    h = h * P64[1] & M64
    h ^= h >> 29
    h = h * P64[2] & M64
    return h ^ h >> 32


def secret_pair(at):
    return u64(SECRET, at) ^ u64(SECRET, at + 8)


def mixed_16(data, at, secret_at, seed):
    return folded(u64(data, at) ^ u64(SECRET, secret_at) + seed & M64,
                  u64(data, at + 8) ^ u64(SECRET, secret_at + 8) - seed & M64)


# --- More than 240 bytes: the same for both widths but for the end --------------------------------------------

def seeded_secret(seed):
    words = struct.unpack("<24Q", SECRET)
    return struct.pack("<24Q", *(w + (-seed if i % 2 else seed) & M64 for i, w in enumerate(words)))


def accumulated(lanes, data, secret):
    """Adds whole stripes. A lane gets its own words times the secret, and its neighbour's words."""
    words = struct.unpack(f"<{len(data) // 8}Q", data)
    keys = struct.unpack(f"<{len(secret) // 8}Q", secret)
    for lane in range(8):
        own = words[lane::8]
        keyed = map(xor, own, keys[lane:])
        lanes[lane] += sum((v & M32) * (v >> 32) for v in keyed)
        lanes[lane ^ 1] += sum(own)


def long_lanes(data, secret):
    lanes = [P32[2], P64[0], P64[1], P64[2], P64[3], P32[1], P64[4], P32[0]]
    blocks = (len(data) - 1) // BLOCK
    for block in range(blocks):
        accumulated(lanes, data[block * BLOCK:(block + 1) * BLOCK], secret)
        for i, key in enumerate(struct.unpack("<8Q", secret[-STRIPE:])):
            lane = lanes[i] & M64
            lanes[i] = (lane ^ lane >> 47 ^ key) * P32[0] & M64
    stripes = (len(data) - 1 - blocks * BLOCK) // STRIPE
    accumulated(lanes, data[blocks * BLOCK:blocks * BLOCK + stripes * STRIPE], secret)
    last_key = len(secret) - STRIPE - 7
    accumulated(lanes, data[-STRIPE:], secret[last_key:last_key + STRIPE])
    return [lane & M64 for lane in lanes]


def merged(lanes, secret, at, start):
    return avalanche(start + sum(folded(lanes[i] ^ u64(secret, at + 8 * i), lanes[i + 1] ^ u64(secret, at + 8 * i + 8))
                                 for i in range(0, 8, 2)))


# --- 64 bits --------------------------------------------------------------------------------------------------

def short_64(data, seed):
    """At most 16 bytes."""
    n = len(data)
    if n == 0:
        return avalanche_64(seed ^ secret_pair(56))
    if n <= 3:
        combined = data[0] << 16 | data[n >> 1] << 24 | data[-1] | n << 8
        return avalanche_64(combined ^ (u32(SECRET, 0) ^ u32(SECRET, 4)) + seed & M64)
    if n <= 8:
        seed ^= swap32(seed & M32) << 32
        h = u32(data, n - 4) + (u32(data, 0) << 32) ^ secret_pair(8) - seed & M64
        h ^= rotated(h, 49) ^ rotated(h, 24)
        h = h * MX2 & M64
        h ^= (h >> 35) + n
        h = h * MX2 & M64
        return h ^ h >> 28
    low = u64(data, 0) ^ secret_pair(24) + seed & M64
    high = u64(data, n - 8) ^ secret_pair(40) - seed & M64
    return avalanche(n + swap64(low) + high + folded(low, high))


def xxh3_64(data, seed=0):
    n = len(data)
    if n <= 16:
        return short_64(data, seed)
    h = n * P64[0]
    if n <= 128:
        for i in range((n - 1) // 32 + 1):
            h += mixed_16(data, 16 * i, 32 * i, seed) + mixed_16(data, n - 16 - 16 * i, 32 * i + 16, seed)
        return avalanche(h)
    if n <= 240:
        h = avalanche(h + sum(mixed_16(data, 16 * i, 16 * i, seed) for i in range(8)))
        h += sum(mixed_16(data, 16 * i, 16 * (i - 8) + 3, seed) for i in range(8, n // 16))
        return avalanche(h + mixed_16(data, n - 16, 119, seed))
    secret = seeded_secret(seed) if seed else SECRET
    return merged(long_lanes(data, secret), secret, 11, h)


# --- 128 bits -------------------------------------------------------------------------------------------------

def short_128(data):
    """At most 16 bytes: the lower and the upper half."""
    n = len(data)
    if n == 0:
        return avalanche_64(secret_pair(64)), avalanche_64(secret_pair(80))
    if n <= 3:
        low = data[0] << 16 | data[n >> 1] << 24 | data[-1] | n << 8
        high = rotated(swap32(low), 13, 32)
        return (avalanche_64(low ^ u32(SECRET, 0) ^ u32(SECRET, 4)),
                avalanche_64(high ^ u32(SECRET, 8) ^ u32(SECRET, 12)))
    if n <= 8:
        keyed = u32(data, 0) + (u32(data, n - 4) << 32) ^ secret_pair(16)
        product = keyed * (P64[0] + (n << 2))
        low, high = product & M64, product >> 64
        high = high + (low << 1) & M64
        low ^= high >> 3
        low = (low ^ low >> 35) * MX2 & M64
        return low ^ low >> 28, avalanche(high)
    upper = u64(data, n - 8)
    product = (u64(data, 0) ^ upper ^ secret_pair(32)) * P64[0]
    low, high = (product & M64) + (n - 1 << 54) & M64, product >> 64
    upper ^= secret_pair(48)
    high = high + upper + (upper & M32) * (P32[1] - 1) & M64
    low ^= swap64(high)
    product = low * P64[1]
    return avalanche(product), avalanche((product >> 64) + high * P64[1])


def mixed_32(low, high, data, first, second, secret_at):
    low = low + mixed_16(data, first, secret_at, 0) & M64
    low ^= u64(data, second) + u64(data, second + 8) & M64
    high = high + mixed_16(data, second, secret_at + 16, 0) & M64
    return low, high ^ (u64(data, first) + u64(data, first + 8) & M64)


def medium_128(data):
    """17 to 240 bytes."""
    n = len(data)
    low, high = n * P64[0] & M64, 0
    if n <= 128:
        for i in reversed(range((n - 1) // 32 + 1)):
            low, high = mixed_32(low, high, data, 16 * i, n - 16 - 16 * i, 32 * i)
    else:
        for i in range(4):
            low, high = mixed_32(low, high, data, 32 * i, 32 * i + 16, 32 * i)
        low, high = avalanche(low), avalanche(high)
        for i in range(4, n // 32):
            low, high = mixed_32(low, high, data, 32 * i, 32 * i + 16, 32 * (i - 4) + 3)
        low, high = mixed_32(low, high, data, n - 16, n - 32, 103)
    return avalanche(low + high), -avalanche(low * P64[0] + high * P64[3] + n * P64[1]) & M64


def xxh3_128(data):
    """In the canonical form: 16 bytes, the upper half first, each big-endian."""
    n = len(data)
    if n <= 16:
        low, high = short_128(data)
    elif n <= 240:
        low, high = medium_128(data)
    else:
        lanes = long_lanes(data, SECRET)
        low = merged(lanes, SECRET, 11, n * P64[0])
        high = merged(lanes, SECRET, 117, ~(n * P64[1]) & M64)
    return struct.pack(">QQ", high, low)
