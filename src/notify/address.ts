/**
 * Which addresses a webhook may reach. Everything is compared as one 128-bit number, IPv4 as `::ffff:a.b.c.d`, so that
 * no spelling of an address slips through another rule than its meaning.
 */
export type Network = { base: bigint; bits: number }

const mapped = 0xffffn << 32n

const ipv4 = (text: string): bigint | null => {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number)
  return parts && parts.every((part) => part <= 255) ? mapped | parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n) : null
}

const ipv6 = (text: string): bigint | null => {
  // the parser of URLs knows every spelling, and answers one of them
  if (!/^[0-9a-f:.]+$/i.test(text) || !URL.canParse(`http://[${text}]`)) return null
  const [head = '', tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
}

/** The number of an address; null for text that is none, or that names an interface (`fe80::1%eth0`). */
export const addressOf = (text: string): bigint | null => (text.includes(':') ? ipv6(text) : ipv4(text))

const within = (address: bigint, { base, bits }: Network): boolean => address >> BigInt(128 - bits) === base >> BigInt(128 - bits)

/** A network such as `10.1.0.0/16` or `fd00::/8`, or a single address. @throws {RangeError} for anything else */
export const networkOf = (text: string): Network => {
  const [, host = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const base = addressOf(host)
  const most = host.includes(':') ? 128 : 32
  const own = length === undefined ? most : Number(length)
  if (base === null || own > most) throw new RangeError(`expected networks such as 127.0.0.0/8, ::1 or 10.1.0.0/16, not "${text}"`)
  return { base, bits: own + 128 - most }
}

const networks = (text: string): Network[] => text.trim().split(/\s+/).map(networkOf)

/** IPv4 that is not the public Internet: IANA's special-purpose registry, and what cloud platforms answer on. */
const special4 = networks(`
  0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24
  192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 168.63.129.16`)
const allIpv4 = networkOf('::ffff:0:0/96')
/** Of IPv6 only global unicast is public, without what carries IPv4 inside (Teredo, 6to4) or is for documents. */
const global6 = networkOf('2000::/3')
const special6 = networks('2001::/23 2001:db8::/32 2002::/16 3fff::/20')

/** Is this an address of the public Internet? */
export const isPublic = (address: bigint): boolean => {
  const inside = (network: Network): boolean => within(address, network)
  return inside(allIpv4) ? !special4.some(inside) : inside(global6) && !special6.some(inside)
}

export type AddressRules = {
  /** Why a webhook may not have this URL, as far as its text tells; null when it may. */
  urlProblem(url: string): string | null
  /** May this address, which the URL's host resolved to, be connected to? */
  mayConnect(url: URL, address: string): boolean
}

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
const localName = /^[^.]+$|\.(localhost|local|internal|lan|home\.arpa)$/
const isStandard = ({ protocol, port }: URL): boolean => protocol === 'https:' && port === ''

/**
 * Public addresses by https on port 443; and addresses within the networks that the configuration allows, there also by
 * http and on any port.
 */
export const createAddressRules = (allowed: readonly Network[]): AddressRules => {
  const isAllowed = (address: bigint): boolean => allowed.some((network) => within(address, network))
  const mayBe = (url: URL, address: bigint): boolean => isAllowed(address) || (isPublic(address) && isStandard(url))
  const nameProblem = (url: URL, host: string): string | null => {
    // with allowed networks, what a name means is known only when it is resolved
    if (allowed.length > 0) return null
    if (localName.test(host)) return 'names a host of a private network'
    return isStandard(url) ? null : 'expected https on port 443'
  }
  return {
    urlProblem(text) {
      const url = new URL(text)
      if (!/^https?:$/.test(url.protocol)) return 'expected a URL that begins with https://'
      if (url.username !== '' || url.password !== '') return 'must not contain a user or password; the signature tells who sends'
      const host = hostOf(url)
      const address = addressOf(host)
      if (address === null) return nameProblem(url, host)
      if (mayBe(url, address)) return null
      return isPublic(address) ? 'expected https on port 443' : 'is a private, local or reserved address, which is not allowed here'
    },
    mayConnect(url, text) {
      const address = addressOf(text)
      return address !== null && mayBe(url, address)
    },
  }
}
