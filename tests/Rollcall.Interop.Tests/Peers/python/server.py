"""The test service on grpcio. Usage: server.py DESCRIPTOR. Prints `port N`; ends when its standard input does.

PEER_TLS names a folder with certificates; without it there is no TLS. With PEER_TLS_CLIENTS callers need a certificate, too.
"""

import os
import sys
import threading
from concurrent import futures

import grpc

import messages

pb = messages.load(sys.argv[1])

INITIAL = "x-grpc-test-echo-initial"
TRAILING = "x-grpc-test-echo-trailing-bin"


def echo_metadata(context):
    received = dict(context.invocation_metadata())
    if INITIAL in received:
        context.send_initial_metadata(((INITIAL, received[INITIAL]),))
    if TRAILING in received:
        context.set_trailing_metadata(((TRAILING, received[TRAILING]),))


def end_as_asked(request, context):
    if request.HasField("response_status") and request.response_status.code != 0:
        codes = {c.value[0]: c for c in grpc.StatusCode}
        context.abort(codes[request.response_status.code], request.response_status.message)


def sleep(seconds, context):
    """Ends early, with False, when the call does: a worker is not to wait for a caller who is gone."""
    ended = threading.Event()
    return context.add_callback(ended.set) and not ended.wait(seconds)


def empty_call(request, context):
    echo_metadata(context)
    return pb.Empty()


def unary_call(request, context):
    echo_metadata(context)
    end_as_asked(request, context)
    if request.response_compressed.value:
        context.set_compression(grpc.Compression.Gzip)
    return pb.SimpleResponse(payload=messages.payload(request.response_size))


def responses(request, context):
    end_as_asked(request, context)
    for parameters in request.response_parameters:
        if parameters.interval_us and not sleep(parameters.interval_us / 1e6, context):
            return
        if parameters.HasField("compressed") and not parameters.compressed.value:
            context.disable_next_message_compression()
        yield pb.StreamingOutputCallResponse(payload=messages.payload(parameters.size))


def streaming_output_call(request, context):
    if any(parameters.compressed.value for parameters in request.response_parameters):
        context.set_compression(grpc.Compression.Gzip)
    echo_metadata(context)
    yield from responses(request, context)


def streaming_input_call(requests, context):
    echo_metadata(context)
    return pb.StreamingInputCallResponse(aggregated_payload_size=sum(len(r.payload.body) for r in requests))


def full_duplex_call(requests, context):
    echo_metadata(context)
    for request in requests:
        yield from responses(request, context)


def method(kind, behaviour, request, response):
    return getattr(grpc, kind + "_rpc_method_handler")(
        behaviour, request_deserializer=request.FromString, response_serializer=response.SerializeToString)


def main():
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=16),
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(messages.SERVICE, {
        "EmptyCall": method("unary_unary", empty_call, pb.Empty, pb.Empty),
        "UnaryCall": method("unary_unary", unary_call, pb.SimpleRequest, pb.SimpleResponse),
        "StreamingOutputCall": method(
            "unary_stream", streaming_output_call, pb.StreamingOutputCallRequest, pb.StreamingOutputCallResponse),
        "StreamingInputCall": method(
            "stream_unary", streaming_input_call, pb.StreamingInputCallRequest, pb.StreamingInputCallResponse),
        "FullDuplexCall": method(
            "stream_stream", full_duplex_call, pb.StreamingOutputCallRequest, pb.StreamingOutputCallResponse),
    }),))
    folder = os.environ.get("PEER_TLS")
    if folder:
        authority, key, certificate = messages.certificates(folder)
        mutual = "PEER_TLS_CLIENTS" in os.environ
        credentials = grpc.ssl_server_credentials([(key, certificate)], authority if mutual else None, mutual)
        port = server.add_secure_port("127.0.0.1:0", credentials)
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print("port", port, flush=True)
    sys.stdin.read()
    server.stop(None)


main()
