// The test service's definition, from the .proto file. NODE_PATH names where @grpc/grpc-js lies.
'use strict';

const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

exports.grpc = grpc;
exports.load = path => grpc.loadPackageDefinition(loader.loadSync(path, { keepCase: true, defaults: true })).grpc.testing;
exports.payload = size => ({ type: 0, body: Buffer.alloc(size) });
exports.unlimited = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
exports.initial = 'x-grpc-test-echo-initial';
exports.trailing = 'x-grpc-test-echo-trailing-bin';
