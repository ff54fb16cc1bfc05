// News of sync: each neighbour is told once, and only who may lack them.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { News } from '../../../node/market/news.ts'

const blocks = (count: number, from = 100) => Array.from({ length: count }, (_, i) => from + i)
const peers = (count: number) => Array.from({ length: count }, (_, i) => `peer ${i}`)

/** Whom the news go to, in order. */
function toldOf(news: News, among: readonly string[]): string[] {
  const told: string[] = []
  for (let round = news.next(among); round !== undefined; round = news.next(among)) told.push(round.peerId)
  return told
}

const test = suite('News')

test('seven offers at once are none, eight are', () => {
  const news = new News()
  news.note('job', blocks(7), 'giver')
  assert.ok(news.isEmpty)
  news.note('job', blocks(8), 'giver')
  assert.not.ok(news.isEmpty)
})

test('go to each neighbour once, but not to who brought them, and are over then', () => {
  const news = new News()
  news.note('job', blocks(8), 'peer 1')
  assert.equal(toldOf(news, peers(4)), ['peer 0', 'peer 2', 'peer 3'])
  assert.ok(news.isEmpty)
})

test('do not go to who was found to have the same as far back as they go', () => {
  const news = new News()
  news.note('job', blocks(8), 'peer 0')
  news.noteEqual('job', 'peer 1', 100)
  news.noteEqual('job', 'peer 2', 101)
  news.noteEqual('resource', 'peer 3', 0)
  assert.equal(toldOf(news, peers(4)), ['peer 2', 'peer 3'])
})

test('go to sixteen neighbours at most', () => {
  const news = new News()
  news.note('job', blocks(8), 'giver')
  assert.is(toldOf(news, peers(40)).length, 16)
})

test('reach back to the oldest of what came, and begin again when more came', () => {
  const news = new News()
  news.note('job', blocks(8, 300), 'peer 0')
  assert.equal(news.next(peers(3)), { peerId: 'peer 1', kinds: ['job'], from: 300 })
  news.note('job', blocks(8, 200), 'peer 2')
  assert.equal(news.next(peers(3)), { peerId: 'peer 0', kinds: ['job'], from: 200 })
  news.note('job', blocks(8, 400), 'peer 1')
  assert.equal(news.next(peers(3)), { peerId: 'peer 0', kinds: ['job'], from: 200 })
})

test('of both books go to a neighbour in one round', () => {
  const news = new News()
  news.note('job', blocks(8, 300), 'peer 0')
  news.note('resource', blocks(8, 200), 'peer 1')
  assert.equal(news.next(['peer 2']), { peerId: 'peer 2', kinds: ['job', 'resource'], from: 200 })
  assert.equal(news.next(['peer 1']), { peerId: 'peer 1', kinds: ['job'], from: 300 })
  assert.equal(news.next(peers(3)), { peerId: 'peer 0', kinds: ['resource'], from: 200 })
  assert.is(news.next(peers(3)), undefined)
})

test('wake who waits for them', async () => {
  const news = new News()
  const { came } = news
  news.note('job', blocks(8), 'giver')
  await came
})

test.run()
