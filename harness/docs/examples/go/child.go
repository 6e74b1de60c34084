package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
)

// A refusal by the ratchet.
type rejection struct{ class, message string }

func (r rejection) Error() string { return r.message }

// A call that cannot be answered, with the code of JSON-RPC.
type mistake struct {
	code    int
	message string
}

func (m mistake) Error() string { return m.message }

// The only randomness of a call: the bytes of its tape or seed, in order.
type randomness struct{ rest []byte }

func (r *randomness) take(count int) ([]byte, error) {
	if len(r.rest) < count {
		return nil, rejection{"other", "the randomness of this call is used up"}
	}
	// The capacity ends here too, so that appending to one piece does not change the next.
	taken := r.rest[:count:count]
	r.rest = r.rest[count:]
	return taken, nil
}

// Bytes in hex on the line.
type hexBytes []byte

func (b hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(b)), nil }

func (b *hexBytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(string(text))
	return err
}

type call struct {
	ID     json.RawMessage `json:"id"`
	Method any             `json:"method"`
	Params params          `json:"params"`
}

type params map[string]json.RawMessage

// What is missing or of another type is a mistake of the caller.
func read[T any](given params, name string) (value T, err error) {
	text, ok := given[name]
	if !ok || json.Unmarshal(text, &value) != nil {
		return value, mistake{-32602, "`" + name + "` is missing or wrong"}
	}
	return value, nil
}

func (p params) bytes(names ...string) ([][]byte, error) {
	all := make([][]byte, len(names))
	for i, name := range names {
		one, err := read[hexBytes](p, name)
		if err != nil {
			return nil, err
		}
		all[i] = one
	}
	return all, nil
}

func (p params) randomness() (*randomness, error) {
	name := "seed"
	if _, taped := p["tape"]; taped {
		name = "tape"
	}
	drawn, err := read[hexBytes](p, name)
	return &randomness{drawn}, err
}

type reply struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  any             `json:"result,omitempty"`
	Error   *failure        `json:"error,omitempty"`
}

type failure struct {
	Code    int        `json:"code"`
	Message string     `json:"message"`
	Data    *classOnly `json:"data,omitempty"`
}

type classOnly struct {
	Class string `json:"class"`
}

// An object of the members that a result has.
type object map[string]any

// Holds the sessions and answers calls.
type desk struct {
	sessions map[uint64]session
	last     uint64
}

func (d *desk) hold(s session) uint64 {
	d.last++
	d.sessions[d.last] = s
	return d.last
}

func (d *desk) find(given params) (session, error) {
	number, err := read[uint64](given, "session")
	if err != nil {
		return session{}, err
	}
	found, held := d.sessions[number]
	if !held {
		return session{}, mistake{-32602, "no such session"}
	}
	return found, nil
}

// The methods of the protocol. A session of this ratchet never changes, so none has to be written back.
var methods = map[string]func(*desk, params) (object, error){
	"describe": (*desk).describe,
	"pair":     (*desk).pair,
	"encrypt":  (*desk).encrypt,
	"decrypt":  (*desk).decrypt,
	"clone":    (*desk).clone,
	"drop":     (*desk).drop,
	"export":   (*desk).export,
	"import":   (*desk).restore,
	"fields":   (*desk).fields,
}

func (d *desk) describe(given params) (object, error) {
	if version, err := read[int](given, "protocol"); err != nil || version != 1 {
		return nil, mistake{-32602, "this program speaks version 1 of the protocol"}
	}
	supports := []string{"ad", "seed", "tape", "clone", "drop", "export", "fields"}
	return object{"protocol": 1, "name": "example/static-key-go", "version": "1.0",
		"profile": profile, "supports": supports}, nil
}

func (d *desk) pair(given params) (object, error) {
	random, err := given.randomness()
	if err != nil {
		return nil, err
	}
	initiator, responder, err := pair(random)
	if err != nil {
		return nil, err
	}
	return object{"initiator": d.hold(initiator), "responder": d.hold(responder), "opened": false}, nil
}

func (d *desk) encrypt(given params) (object, error) {
	found, err := d.find(given)
	if err != nil {
		return nil, err
	}
	texts, err := given.bytes("ad", "plaintext")
	if err != nil {
		return nil, err
	}
	random, err := given.randomness()
	if err != nil {
		return nil, err
	}
	message, err := found.encrypt(random, texts[0], texts[1])
	return object{"message": hexBytes(message)}, err
}

func (d *desk) decrypt(given params) (object, error) {
	found, err := d.find(given)
	if err != nil {
		return nil, err
	}
	texts, err := given.bytes("ad", "message")
	if err != nil {
		return nil, err
	}
	plaintext, err := found.decrypt(texts[0], texts[1])
	return object{"plaintext": hexBytes(plaintext)}, err
}

func (d *desk) clone(given params) (object, error) {
	found, err := d.find(given)
	if err != nil {
		return nil, err
	}
	return object{"session": d.hold(found)}, nil
}

func (d *desk) drop(given params) (object, error) {
	numbers, err := read[[]uint64](given, "sessions")
	for _, number := range numbers {
		delete(d.sessions, number)
	}
	return object{}, err
}

func (d *desk) export(given params) (object, error) {
	found, err := d.find(given)
	return object{"state": hexBytes(found.export())}, err
}

func (d *desk) restore(given params) (object, error) {
	texts, err := given.bytes("state")
	if err != nil {
		return nil, err
	}
	restored, err := restore(texts[0])
	if err != nil {
		return nil, err
	}
	return object{"session": d.hold(restored)}, nil
}

func (d *desk) fields(given params) (object, error) {
	texts, err := given.bytes("message")
	if err != nil {
		return nil, err
	}
	found, err := fields(texts[0])
	return object{"fields": found}, err
}

func (d *desk) answerOne(text json.RawMessage) reply {
	answer := reply{Version: "2.0", ID: json.RawMessage("null")}
	var asked call
	err := json.Unmarshal(text, &asked)
	if asked.ID != nil {
		answer.ID = asked.ID
	}
	var result object
	name, named := asked.Method.(string)
	method, known := methods[name]
	switch {
	case !named:
		err = mistake{-32600, "a call is an object with a `method`"}
	case !known:
		err = mistake{-32601, "no such method"}
	case err != nil:
		err = mistake{-32602, "`params` is an object"}
	default:
		result, err = method(d, asked.Params)
	}
	var refused rejection
	var mistaken mistake
	switch {
	case err == nil:
		answer.Result = result
	case errors.As(err, &refused):
		answer.Error = &failure{-32000, refused.message, &classOnly{refused.class}}
	case errors.As(err, &mistaken):
		answer.Error = &failure{mistaken.code, mistaken.message, nil}
	default:
		answer.Error = &failure{-32603, err.Error(), nil}
	}
	return answer
}

func (d *desk) answer(line []byte) any {
	if !json.Valid(line) {
		return reply{Version: "2.0", ID: json.RawMessage("null"), Error: &failure{-32700, "no JSON", nil}}
	}
	var batch []json.RawMessage
	if json.Unmarshal(line, &batch) != nil || len(batch) == 0 {
		return d.answerOne(line)
	}
	replies := make([]reply, len(batch))
	for i, one := range batch {
		replies[i] = d.answerOne(one)
	}
	return replies
}

func main() {
	desk := desk{sessions: map[uint64]session{}}
	lines := bufio.NewReader(os.Stdin)
	// An encoder ends each value with a newline.
	replies := json.NewEncoder(os.Stdout)
	replies.SetEscapeHTML(false)
	for {
		// Not a bufio.Scanner: its lines are limited to 64 KiB.
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			if err := replies.Encode(desk.answer(line)); err != nil {
				log.Fatal(err)
			}
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			log.Fatal(err)
		}
	}
}
