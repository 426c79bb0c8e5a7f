// The test service's definition, from the .proto file. NODE_PATH names where @grpc/grpc-js lies.
'use strict';

const { existsSync, readFileSync } = require('node:fs');
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

exports.grpc = grpc;
exports.definition = proto => loader.loadSync(proto, { keepCase: true, defaults: true });
exports.load = proto => grpc.loadPackageDefinition(exports.definition(proto)).grpc.testing;
exports.payload = size => ({ type: 0, body: Buffer.alloc(size) });
exports.unlimited = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
exports.initial = 'x-grpc-test-echo-initial';
exports.trailing = 'x-grpc-test-echo-trailing-bin';

// The authority, and the own key and certificate, from the folder that PEER_TLS names. What is not there is left out.
exports.certificates = () => {
  const read = name => {
    const file = path.join(process.env.PEER_TLS ?? '', name);
    return process.env.PEER_TLS && existsSync(file) ? readFileSync(file) : undefined;
  };
  return { authority: read('authority.pem'), key: read('key.pem'), certificate: read('certificate.pem') };
};
