import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { printSshRsa, readSshRsa, sshFingerprint } from './ssh-rsa.ts'

/** Made by ssh-keygen, and named by `ssh-keygen -E md5 -lf`. */
const line = [
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCOpbtFKu5K+pc0iotMQEktTz0g7q1qWlgE4AMEuFN49lmJtjYXrne9uv7cGUax14oek',
  'pCGIExhZuuN/yVZ1bsj3BOdk5Qz7qDRh1tk5aSjqn5eeLnAMqGo9ismq5vTVNfIYX61bvbzPT/ILi6yZqwGl0TyWc5Ozf1KGhIa5aRz48',
  'kNMq/EVGtQq6QDmqEW6J6eX2lPbKFiL/W6TOr/wB92p8xejgjCblW93u5NPz0RTHoDE3gxpflvrp/9I3UFN3F90Py2+XOtBSHpw5R/VHJ',
  'WpuB4z+6G2W1jhAVMzVbC75Zntahx8Ndenq3vkvWtFSuwg1xndQPhuJ9tJCe+GGat',
].join('')
const fingerprint = '10:b1:5c:2e:00:03:30:ad:28:78:fa:99:87:f7:d7:75'

test('a key of ssh-keygen is read, printed and named as ssh-keygen does', () => {
  const key = readSshRsa(`${line} ann@example.com\n`)!
  assert.equal(key.asymmetricKeyDetails?.modulusLength, 2048)
  assert.equal(printSshRsa(key), line)
  assert.equal(sshFingerprint(key), fingerprint)
})

test('a printed key is read again, whatever its first bit', () => {
  for (const modulusLength of [2048, 2049, 2056]) {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength })
    assert.ok(readSshRsa(printSshRsa(publicKey))!.equals(publicKey))
  }
})

test('what is no such line is no key', () => {
  const text = line.split(' ')[1]!
  const cut = Buffer.from(text, 'base64')
  for (const wrong of [
    ...['', 'ssh-rsa', `ssh-ed25519 ${text}`, text, `ssh-rsa ${text.slice(0, -3)}`, `ssh-rsa !${text}`],
    `ssh-rsa ${Buffer.concat([cut, Buffer.from([0, 0, 0, 0])]).toString('base64')}`,
    `ssh-rsa ${cut.subarray(0, 100).toString('base64')}`,
    `ssh-rsa ${Buffer.from([0xff, 0xff, 0xff, 0xff]).toString('base64')}`,
  ]) {
    assert.equal(readSshRsa(wrong), undefined, wrong.slice(0, 30))
  }
})
