import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { drawSecret, signedHeaders } from './sign.ts'

const now = (): number => Math.floor(Date.now() / 1_000)
const body = '{"text": "größer, and \u{1F600}"}'

describe('signatures', () => {
  // libraries/javascript/src/webhook.test.ts of the specification's repository
  it('are those of the published test vector', () => {
    const headers = signedHeaders(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}')
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  it('are accepted by the published library, by the new secret and the old one', () => {
    const [fresh, old, foreign] = [drawSecret(), drawSecret(), drawSecret()]
    const headers = signedHeaders([fresh, old], 'msg_1', now(), body)
    expect(headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/)
    for (const secret of [fresh, old]) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
    expect(() => new Webhook(foreign).verify(body, headers)).toThrow('No matching signature')
    expect(() => new Webhook(fresh).verify(`${body} `, headers)).toThrow('No matching signature')
    expect(() => new Webhook(fresh).verify(body, { ...headers, 'webhook-id': 'msg_2' })).toThrow('No matching signature')
    expect(() => new Webhook(fresh).verify(body, signedHeaders([fresh], 'msg_1', now() - 301, body))).toThrow('too old')
  })

  it('come from secrets of 256 bits, each drawn anew', () => {
    const secrets = Array.from({ length: 100 }, drawSecret)
    for (const secret of secrets) expect(Buffer.from(/^whsec_(\S+)$/.exec(secret)![1]!, 'base64')).toHaveLength(32)
    expect(new Set(secrets).size).toBe(100)
  })
})
