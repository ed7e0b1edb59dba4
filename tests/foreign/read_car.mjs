// node read_car.mjs FILE.car: reads every section, decodes it, checks its hash against its CID, follows
// every link from the roots; prints "sections N, decoded N, linked N". Exits 1 at the first that is wrong.
import { createReadStream } from 'node:fs'
import { CarBlockIterator } from '@ipld/car'
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'

function fail(message) {
  console.error(message)
  process.exit(1)
}

function linksOf(value, found) {
  const asLink = CID.asCID(value)
  if (asLink) found.push(asLink.toString())
  else if (Array.isArray(value)) value.forEach((item) => linksOf(item, found))
  else if (value && typeof value === 'object' && !(value instanceof Uint8Array)) {
    Object.values(value).forEach((item) => linksOf(item, found))
  }
  return found
}

const iterator = await CarBlockIterator.fromIterable(createReadStream(process.argv[2]))
const roots = await iterator.getRoots()
const links = new Map()
for await (const { cid, bytes } of iterator) {
  if (cid.code !== dagCbor.code) fail(`${cid}: codec ${cid.code} is not dag-cbor`)
  const digest = await sha256.digest(bytes)
  const own = CID.createV1(dagCbor.code, digest)
  if (!own.equals(cid)) fail(`${cid}: its bytes hash to ${own}`)
  const again = dagCbor.encode(dagCbor.decode(bytes))
  if (Buffer.compare(again, bytes) !== 0) fail(`${cid}: the foreign encoder writes other bytes`)
  links.set(cid.toString(), linksOf(dagCbor.decode(bytes), []))
}
if (links.size === 0) fail('the archive is empty')

const reached = new Set()
const waiting = roots.map((root) => root.toString())
while (waiting.length > 0) {
  const id = waiting.pop()
  if (reached.has(id)) continue
  if (!links.has(id)) continue // a link of the user's, or one that the export left out
  reached.add(id)
  waiting.push(...links.get(id))
}
for (const root of roots) if (!links.has(root.toString())) fail(`root ${root} is not in the archive`)
if (reached.size !== links.size) fail(`${links.size - reached.size} sections are linked from nowhere`)
console.log(`sections ${links.size}, decoded ${links.size}, linked ${reached.size}`)
