// Cases of the test service by grpc-js. Usage: client.js PROTO TARGET CASE[,CASE...] [COUNT].
// Each is done COUNT times, and told: `CASE ok`, or `CASE failed` and on the next lines why. After the last one: `done`; then it stays until
// its standard input ends. Ends with 0 if all passed. PEER_TLS names a folder with certificates; without it there is no TLS.
'use strict';

const assert = require('node:assert');
const { certificates, grpc, load, payload, unlimited, initial, trailing } = require('./service');
const { run } = require('../cases');

const [, , proto, target, names, count] = process.argv;
const testing = load(proto);
const { authority, key, certificate } = certificates();
const credentials = authority ? grpc.credentials.createSsl(authority, key, certificate) : grpc.credentials.createInsecure();
// Servers that are away for a moment are away; a call that one of them has got must not be lost.
const several = target.includes(',');
const options = { ...unlimited, ...(several ? { 'grpc.default_authority': 'localhost' } : {}) };
const plain = () => new grpc.Metadata({ waitForReady: several });
const connect = (more = {}) => new testing.TestService(target, credentials, { ...options, ...more });
const client = connect();
const special = '\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \u{1f608}\t\n';

const within = seconds => ({ deadline: Date.now() + seconds * 1000 });

function metadata() {
  const sent = plain();
  sent.set(initial, 'test_initial_metadata_value');
  sent.set(trailing, Buffer.from([0xab, 0xab, 0xab]));
  return sent;
}

function unary(method, request, sent = plain(), on = client) {
  return new Promise((resolve, reject) => {
    const seen = {};
    const call = on[method](request, sent, within(20), (error, response) => {
      if (error) {
        reject(error);
      } else {
        seen.response = response;
      }
    });
    call.on('metadata', m => { seen.headers = m; });
    call.on('status', s => { seen.trailers = s.metadata; if (s.code === 0) { setImmediate(() => resolve(seen)); } });
  });
}

// Everything that a stream gave, or the error that ended it.
function collected(call) {
  return new Promise((resolve, reject) => {
    const seen = { messages: [] };
    call.on('metadata', m => { seen.headers = m; });
    call.on('data', message => seen.messages.push(message));
    call.on('status', s => { seen.trailers = s.metadata; if (s.code === 0) { setImmediate(() => resolve(seen)); } });
    call.on('error', reject);
  });
}

const compressing = () => connect({ 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip });
// The library takes the flags of a write, which it has no name for, where Node's streams have the encoding.
const noCompress = 2;

// The answer to a stream of requests, each with its flags.
const streamed = (on, ...writes) => new Promise((resolve, reject) => {
  const call = on.StreamingInputCall(plain(), within(20), (e, r) => e ? reject(e) : resolve(r));
  writes.forEach(([message, flags]) => call.write(message, flags));
  call.end();
});
const bytes = message => message;
const largeRequest = () => ({ response_size: 314159, payload: payload(271828) });
const outputRequest = (size, payloadSize, interval = 0) =>
  ({ response_parameters: [{ size, interval_us: interval }], payload: payload(payloadSize) });

function checkMetadata({ headers, trailers }) {
  assert.deepStrictEqual(headers.get(initial), ['test_initial_metadata_value']);
  assert.deepStrictEqual(trailers.get(trailing), [Buffer.from([0xab, 0xab, 0xab])]);
}

const cases = {
  async empty_unary() {
    assert.deepEqual((await unary('EmptyCall', {})).response, {});
  },

  async large_unary() {
    assert.equal((await unary('UnaryCall', largeRequest())).response.payload.body.length, 314159);
  },

  async client_compressed_unary() {
    const request = { ...largeRequest(), expect_compressed: { value: true } };
    await assert.rejects(unary('UnaryCall', request), { code: grpc.status.INVALID_ARGUMENT });
    const compressed = await unary('UnaryCall', request, plain(), compressing());
    assert.equal(compressed.response.payload.body.length, 314159);
    const uncompressed = await unary('UnaryCall', { ...request, expect_compressed: { value: false } });
    assert.equal(uncompressed.response.payload.body.length, 314159);
  },

  async server_compressed_unary() {
    for (const value of [true, false]) {
      const { response } = await unary('UnaryCall', { ...largeRequest(), response_compressed: { value } });
      assert.equal(response.payload.body.length, 314159);
    }
  },

  async client_streaming(on = client) {
    const response = await streamed(on, ...[27182, 8, 1828, 45904].map(size => [{ payload: payload(size) }]));
    assert.equal(response.aggregated_payload_size, 74922);
  },

  async client_compressed_streaming() {
    const first = { payload: payload(27182), expect_compressed: { value: true } };
    const second = { payload: payload(45904), expect_compressed: { value: false } };
    await assert.rejects(streamed(compressing(), [first, noCompress]), { code: grpc.status.INVALID_ARGUMENT });
    assert.equal((await streamed(compressing(), [first], [second, noCompress])).aggregated_payload_size, 73086);
  },

  compressed_requests: () => cases.client_streaming(compressing()),

  async server_streaming() {
    const sizes = [31415, 9, 2653, 58979];
    const { messages } = await collected(
      client.StreamingOutputCall({ response_parameters: sizes.map(size => ({ size })) }, plain(), within(20)));
    assert.deepEqual(messages.map(m => m.payload.body.length), sizes);
  },

  async server_compressed_streaming() {
    const response_parameters = [{ size: 31415, compressed: { value: true } }, { size: 92653, compressed: { value: false } }];
    const { messages } = await collected(client.StreamingOutputCall({ response_parameters }, plain(), within(20)));
    assert.deepEqual(messages.map(m => m.payload.body.length), [31415, 92653]);
  },

  async ping_pong() {
    const steps = [[31415, 27182], [9, 8], [2653, 1828], [58979, 45904]];
    const call = client.FullDuplexCall(plain(), within(20));
    const all = collected(call);
    for (const [size, payloadSize] of steps) {
      const answer = new Promise(resolve => call.once('data', resolve));
      call.write(outputRequest(size, payloadSize));
      assert.equal((await Promise.race([answer, all])).payload.body.length, size);
    }
    call.end();
    assert.equal((await all).messages.length, steps.length);
  },

  async empty_stream() {
    const call = client.FullDuplexCall(plain(), within(20));
    call.end();
    assert.deepEqual((await collected(call)).messages, []);
  },

  async timeout_on_sleeping_server() {
    const call = client.FullDuplexCall(plain(), within(0.001));
    call.write(outputRequest(31415, 27182, 2_000_000));
    await assert.rejects(collected(call), { code: grpc.status.DEADLINE_EXCEEDED });
  },

  async cancel_after_begin() {
    await assert.rejects(new Promise((resolve, reject) => {
      const call = client.StreamingInputCall(plain(), within(20), (e, r) => e ? reject(e) : resolve(r));
      setImmediate(() => call.cancel());
    }), { code: grpc.status.CANCELLED });
  },

  async cancel_after_first_response() {
    const call = client.FullDuplexCall(plain(), within(20));
    call.once('data', () => call.cancel());
    call.write(outputRequest(31415, 27182));
    await assert.rejects(collected(call), { code: grpc.status.CANCELLED });
  },

  async status_code_and_message() {
    const response_status = { code: 2, message: 'test status message' };
    const expected = { code: 2, details: response_status.message };
    await assert.rejects(unary('UnaryCall', { response_status }), expected);
    const call = client.FullDuplexCall(plain(), within(20));
    call.write({ response_status });
    call.end();
    await assert.rejects(collected(call), expected);
  },

  async special_status_message() {
    await assert.rejects(
      unary('UnaryCall', { response_status: { code: 2, message: special } }), { code: 2, details: special });
  },

  async custom_metadata() {
    checkMetadata(await unary('UnaryCall', largeRequest(), metadata()));
    const call = client.FullDuplexCall(metadata(), within(20));
    call.write(outputRequest(314159, 271828));
    call.end();
    const seen = await collected(call);
    assert.equal(seen.messages.length, 1);
    checkMetadata(seen);
  },

  async unimplemented_method() {
    await assert.rejects(unary('UnimplementedCall', {}), { code: grpc.status.UNIMPLEMENTED });
  },

  async unimplemented_service() {
    const other = new testing.UnimplementedService(target, credentials);
    await assert.rejects(unary('UnimplementedCall', {}, plain(), other), { code: grpc.status.UNIMPLEMENTED });
  },

  // Beside the published cases: messages small enough to be written as bytes.
  async health() {
    const check = request => new Promise((resolve, reject) => client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check', bytes, bytes, Buffer.from(request), plain(), within(20), (e, r) => e ? reject(e) : resolve(r)));
    assert.deepEqual(await check(''), Buffer.from([8, 1]));
    await assert.rejects(check('\x0a\x04none'), { code: grpc.status.NOT_FOUND });
  },

  async reflection() {
    for (const version of ['v1', 'v1alpha']) {
      const call = client.makeBidiStreamRequest(
        `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`, bytes, bytes, plain(), within(20));
      call.write(Buffer.from('\x3a\x01*'));
      call.end();
      const { messages: [services] } = await collected(call);
      assert.ok(services.includes('grpc.testing.TestService'));
    }
  },
};

// A deadline is for the case: not for connecting.
run(cases, names, count, cases.empty_unary);
