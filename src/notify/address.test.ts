import { describe, expect, it } from 'vitest'
import { addressOf, createAddressRules, isPublic, networkOf } from './address.ts'

const strict = createAddressRules([])
const lab = createAddressRules(['127.0.0.0/8', '10.1.0.0/16', '::1'].map(networkOf))

/** Every spelling of places that a webhook must not reach. */
const refused = [
  'http://169.254.169.254', 'https://169.254.169.254/latest/meta-data/', 'https://[::1]', 'https://[::1]/', 'https://127.0.0.1', 'https://127.1',
  'https://0', 'https://0.0.0.0', 'https://2130706433', 'https://0x7f000001', 'https://017700000001', 'https://0x7f.0.0.1', 'https://127.0.0.1.',
  'https://0251.0376.0251.0376', 'https://2852039166', 'https://0xa9fea9fe', 'https://[::ffff:127.0.0.1]', 'https://[::ffff:7f00:1]',
  'https://[::ffff:169.254.169.254]', 'https://[0:0:0:0:0:ffff:a9fe:a9fe]', 'https://[::127.0.0.1]', 'https://[::]', 'https://[fe80::1]',
  'https://[fc00::1]', 'https://[fd12:3456::1]', 'https://[fec0::1]', 'https://[ff02::1]', 'https://[64:ff9b::a9fe:a9fe]', 'https://[64:ff9b:1::1]',
  'https://[2002:7f00:1::]', 'https://[2001::1]', 'https://[2001:db8::1]', 'https://[100::1]', 'https://10.0.0.1', 'https://172.16.0.1',
  'https://172.31.255.255', 'https://192.168.1.1', 'https://100.64.0.1', 'https://100.100.100.200', 'https://192.0.0.192', 'https://198.18.0.1',
  'https://224.0.0.1', 'https://255.255.255.255', 'https://168.63.129.16', 'https://localhost', 'https://LOCALHOST.', 'https://a.localhost',
  'https://metadata.google.internal', 'https://printer.local', 'https://router.home.arpa', 'https://redis', 'http://example.com',
  'https://example.com:8443', 'https://example.com:22', 'https://user:pass@example.com', 'https://user@example.com', 'ftp://example.com',
  'file:///etc/passwd', 'gopher://example.com', 'data:text/plain,x', 'https://①②⑦.⓪.⓪.①', 'http://8.8.8.8', 'https://8.8.8.8:8080',
]

describe('the text of a URL', () => {
  it.each(refused)('refuses %s', (url) => {
    expect(strict.urlProblem(url)).toEqual(expect.any(String))
  })

  it.each(['https://example.com/hook?x=1#y', 'https://example.com:443', 'https://8.8.8.8', 'https://[2606:4700:4700::1111]/', 'https://xn--bcher-kva.example'])(
    'accepts %s', (url) => expect(strict.urlProblem(url)).toBeNull(),
  )

  it.each([
    ['http://127.0.0.1:8080/hook', true], ['http://[::1]:8080', true], ['http://10.1.2.3', true], ['http://2130706433:80', true],
    ['http://[::ffff:10.1.2.3]', true], ['http://receiver.internal:8080', true], ['http://localhost:1', true],
    ['https://10.2.0.1', false], ['https://169.254.169.254', false], ['http://8.8.8.8', false], ['ftp://127.0.0.1', false], ['http://a:b@127.0.0.1', false],
  ])('with private networks allowed, %s: %s', (url, allowed) => expect(lab.urlProblem(url) === null).toBe(allowed))
})

describe('the address that a name turns out to have', () => {
  const named = new URL('https://example.com')
  it.each([
    ['93.184.216.34', true], ['2606:2800:220:1:248:1893:25c8:1946', true], ['127.0.0.1', false], ['10.1.0.1', false], ['::1', false],
    ['::ffff:169.254.169.254', false], ['fe80::1%eth0', false], ['64:ff9b::7f00:1', false], ['', false], ['example.org', false],
  ])('%s: %s', (address, allowed) => expect(strict.mayConnect(named, address)).toBe(allowed))

  it('is the only thing that counts for http and for other ports', () => {
    const plain = new URL('http://receiver.internal:8080')
    expect(lab.mayConnect(plain, '10.1.0.7')).toBe(true)
    expect(lab.mayConnect(plain, '::ffff:10.1.0.7')).toBe(true)
    expect(lab.mayConnect(plain, '93.184.216.34')).toBe(false)
    expect(lab.mayConnect(named, '10.2.0.1')).toBe(false)
    expect(lab.mayConnect(named, '93.184.216.34')).toBe(true)
  })
})

describe('networks', () => {
  it('have edges where they say', () => {
    const inside = (text: string): boolean => !isPublic(addressOf(text)!)
    const edges = [
      ['9.255.255.255', '10.0.0.0', '10.255.255.255', '11.0.0.0'], ['172.15.255.255', '172.16.0.0', '172.31.255.255', '172.32.0.0'],
      ['100.63.255.255', '100.64.0.0', '100.127.255.255', '100.128.0.0'], ['192.167.255.255', '192.168.0.0', '192.168.255.255', '192.169.0.0'],
      ['169.253.255.255', '169.254.0.0', '169.254.255.255', '169.255.0.0'], ['126.255.255.255', '127.0.0.0', '127.255.255.255', '128.0.0.0'],
      ['2003::', '3fff::', '3fff:fff::1', '3fff:1000::'], ['2001:db7:ffff::', '2001:db8::', '2001:db8:ffff::1', '2001:db9::'],
    ]
    for (const edge of edges) expect(edge.map(inside), edge.join()).toEqual([false, true, true, false])
  })

  it.each(['', '10.0.0.0/33', '::/129', 'localhost', '10.0.0', '10.0.0.0/8/8', 'true'])('"%s" is none', (text) => {
    expect(() => networkOf(text)).toThrow(RangeError)
  })
})
