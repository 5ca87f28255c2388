// The peer: as many workers as it is given, each with its own pool of connections, as a production service of this stack runs.
import cluster from 'node:cluster'
import { app } from './app.mjs'

const { WORKERS = '2', PORT = '3000' } = process.env

if (cluster.isPrimary) {
  for (let worker = 0; worker < Number(WORKERS); worker += 1) cluster.fork()
} else {
  app().listen(Number(PORT), '127.0.0.1')
}
