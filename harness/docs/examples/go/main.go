// A ratchet without a ratchet, as a child of `sprag check --exec`: one key for each direction, AES-256-GCM under a random
// nonce. It forgets nothing, heals from nothing and takes a message twice, and its profile says so.
//
// A message is nonce (12 bytes), ciphertext, tag (16 bytes).
package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
)

const (
	keySize   = 32
	nonceSize = 12
	tagSize   = 16
)

var profile = map[string]any{"family": "static-key", "binds_direction": true, "expansion": nonceSize + tagSize}

type session struct {
	sending, receiving [keySize]byte
}

func derive(secret []byte, label string) (key [keySize]byte) {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(label))
	copy(key[:], mac.Sum(nil))
	return key
}

func pair(random *randomness) (initiator, responder session, err error) {
	secret, err := random.take(keySize)
	if err != nil {
		return session{}, session{}, err
	}
	to, from := derive(secret, "from the initiator"), derive(secret, "from the responder")
	return session{sending: to, receiving: from}, session{sending: from, receiving: to}, nil
}

func (s *session) encrypt(random *randomness, ad, plaintext []byte) ([]byte, error) {
	nonce, err := random.take(nonceSize)
	if err != nil {
		return nil, err
	}
	return gcm(s.sending).Seal(nonce, nonce, plaintext, ad), nil
}

func (s *session) decrypt(ad, message []byte) ([]byte, error) {
	if len(message) < nonceSize+tagSize {
		return nil, rejection{"malformed", "shorter than nonce and tag"}
	}
	plaintext, err := gcm(s.receiving).Open(nil, message[:nonceSize], message[nonceSize:], ad)
	if err != nil {
		return nil, rejection{"forged", "tag does not match"}
	}
	return plaintext, nil
}

// The sum keeps a damaged export from becoming a session with a weaker key.
func (s *session) export() []byte {
	keys := append(s.sending[:len(s.sending):len(s.sending)], s.receiving[:]...)
	sum := sha256.Sum256(keys)
	return append(keys, sum[:]...)
}

func restore(state []byte) (s session, err error) {
	if len(state) != 2*keySize+sha256.Size {
		return s, rejection{"malformed", "an export has 96 bytes"}
	}
	keys := state[:2*keySize]
	if sha256.Sum256(keys) != *(*[sha256.Size]byte)(state[len(keys):]) {
		return s, rejection{"malformed", "the export is damaged"}
	}
	copy(s.sending[:], keys)
	copy(s.receiving[:], keys[keySize:])
	return s, nil
}

type field struct {
	Name   string `json:"name"`
	Offset int    `json:"offset"`
	Length int    `json:"length"`
}

func fields(message []byte) ([]field, error) {
	behind := len(message) - tagSize
	if behind < nonceSize {
		return nil, rejection{"malformed", "shorter than nonce and tag"}
	}
	return []field{
		{"nonce", 0, nonceSize},
		{"ciphertext", nonceSize, behind - nonceSize},
		{"tag", behind, tagSize},
	}, nil
}

// The key has the right length, so neither call can fail.
func gcm(key [keySize]byte) cipher.AEAD {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}
