// Writes name.br and name.gz beside every file of a folder, so that the server never compresses the same bytes twice.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const folder = process.argv[2]
for (const name of readdirSync(folder)) {
  const path = join(folder, name)
  const bytes = readFileSync(path)
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
  const brotli = brotliCompressSync(bytes, { params: quality })
  writeFileSync(`${path}.br`, brotli)
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
  console.error(`assets: ${name} ${bytes.length} bytes, ${brotli.length} sent`)
}
