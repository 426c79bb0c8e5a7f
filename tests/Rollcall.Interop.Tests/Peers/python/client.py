"""Cases of the test service by grpcio. Usage: client.py DESCRIPTOR TARGET CASE[,CASE...] [COUNT].

Each is done COUNT times, and told: `CASE ok`, or `CASE failed` and on the next lines why. After the last one: `done`; then it stays, with
its connection, until its standard input ends. Ends with 0 if all passed. PEER_TLS names a folder with certificates; without it there is no TLS.
"""

import os
import queue
import sys
import traceback
from concurrent import futures

import grpc

import messages

pb = messages.load(sys.argv[1])
options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
several = "," in sys.argv[2]
if several:
    # Of several addresses the library makes an authority that HTTP does not allow.
    options.append(("grpc.default_authority", "localhost"))
folder = os.environ.get("PEER_TLS")
if folder:
    channel = grpc.secure_channel(sys.argv[2], grpc.ssl_channel_credentials(*messages.certificates(folder)), options=options)
else:
    channel = grpc.insecure_channel(sys.argv[2], options=options)

PARALLEL = 16
TIMEOUT = 20
INITIAL = "x-grpc-test-echo-initial"
TRAILING = "x-grpc-test-echo-trailing-bin"
METADATA = ((INITIAL, "test_initial_metadata_value"), (TRAILING, b"\xab\xab\xab"))
SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n"


def stub(kind, name, request, response, service=messages.SERVICE):
    return getattr(channel, kind)(
        f"/{service}/{name}", request_serializer=request.SerializeToString, response_deserializer=response.FromString)


empty_call = stub("unary_unary", "EmptyCall", pb.Empty, pb.Empty)
unary_call = stub("unary_unary", "UnaryCall", pb.SimpleRequest, pb.SimpleResponse)
streaming_output_call = stub(
    "unary_stream", "StreamingOutputCall", pb.StreamingOutputCallRequest, pb.StreamingOutputCallResponse)
streaming_input_call = stub("stream_unary", "StreamingInputCall", pb.StreamingInputCallRequest, pb.StreamingInputCallResponse)
full_duplex_call = stub("stream_stream", "FullDuplexCall", pb.StreamingOutputCallRequest, pb.StreamingOutputCallResponse)


def expect(actual, expected):
    if actual != expected:
        raise AssertionError(f"expected {expected!r}, got {actual!r}")


def expect_error(call, code, details=None):
    try:
        call()
    except grpc.RpcError as error:
        expect(error.code(), code)
        if details is not None:
            expect(error.details(), details)
        return
    raise AssertionError(f"expected {code}, but the call succeeded")


def large_request(**more):
    return pb.SimpleRequest(response_size=314159, payload=messages.payload(271828), **more)


def output_request(size, payload_size, **more):
    return pb.StreamingOutputCallRequest(response_parameters=[{"size": size}], payload=messages.payload(payload_size), **more)


def empty_unary():
    # Servers that are away for a moment are away; a call that one of them has got must not be lost.
    expect(empty_call(pb.Empty(), timeout=TIMEOUT, wait_for_ready=several), pb.Empty())


def large_unary():
    expect(len(unary_call(large_request(), timeout=TIMEOUT).payload.body), 314159)


def client_compressed_unary():
    request = large_request(expect_compressed={"value": True})
    expect_error(lambda: unary_call(request, timeout=TIMEOUT), grpc.StatusCode.INVALID_ARGUMENT)
    expect(len(unary_call(request, timeout=TIMEOUT, compression=grpc.Compression.Gzip).payload.body), 314159)
    request = large_request(expect_compressed={"value": False})
    expect(len(unary_call(request, timeout=TIMEOUT).payload.body), 314159)


def deflate_both_ways():
    request = large_request(expect_compressed={"value": True}, response_compressed={"value": True})
    expect(len(unary_call(request, timeout=TIMEOUT, compression=grpc.Compression.Deflate).payload.body), 314159)


def server_compressed_unary():
    for value in (True, False):
        expect(len(unary_call(large_request(response_compressed={"value": value}), timeout=TIMEOUT).payload.body), 314159)


def client_streaming(**more):
    requests = (pb.StreamingInputCallRequest(payload=messages.payload(size)) for size in (27182, 8, 1828, 45904))
    expect(streaming_input_call(requests, timeout=TIMEOUT, **more).aggregated_payload_size, 74922)


def compressed_requests():
    client_streaming(compression=grpc.Compression.Gzip)


def server_streaming():
    sizes = [31415, 9, 2653, 58979]
    request = pb.StreamingOutputCallRequest(response_parameters=[{"size": size} for size in sizes])
    expect([len(r.payload.body) for r in streaming_output_call(request, timeout=TIMEOUT)], sizes)


def server_compressed_streaming():
    request = pb.StreamingOutputCallRequest(response_parameters=[
        {"size": 31415, "compressed": {"value": True}}, {"size": 92653, "compressed": {"value": False}}])
    expect([len(r.payload.body) for r in streaming_output_call(request, timeout=TIMEOUT)], [31415, 92653])


def ping_pong():
    requests = queue.SimpleQueue()
    call = full_duplex_call(iter(requests.get, None), timeout=TIMEOUT)
    for size, payload_size in ((31415, 27182), (9, 8), (2653, 1828), (58979, 45904)):
        requests.put(output_request(size, payload_size))
        expect(len(next(call).payload.body), size)
    requests.put(None)
    expect(list(call), [])


def empty_stream():
    expect(list(full_duplex_call(iter(()), timeout=TIMEOUT)), [])


def timeout_on_sleeping_server():
    request = pb.StreamingOutputCallRequest(
        response_parameters=[{"size": 31415, "interval_us": 2_000_000}], payload=messages.payload(27182))
    # Not shorter: a deadline that passes before the library has sent the headers makes it reset a stream that was never opened, for which
    # a server has to close the connection (RFC 9113 5.1).
    expect_error(lambda: list(full_duplex_call(iter((request,)), timeout=0.1)), grpc.StatusCode.DEADLINE_EXCEEDED)


def cancel_after_begin():
    requests = queue.SimpleQueue()
    call = streaming_input_call.future(iter(requests.get, None), timeout=TIMEOUT)
    call.cancel()
    requests.put(None)
    expect(call.cancelled(), True)
    expect(call.code(), grpc.StatusCode.CANCELLED)


def cancel_after_first_response():
    # Left open: a server whose input has ended may end the call before the cancellation.
    requests = queue.SimpleQueue()
    requests.put(output_request(31415, 27182))
    call = full_duplex_call(iter(requests.get, None), timeout=TIMEOUT)
    expect(len(next(call).payload.body), 31415)
    call.cancel()
    expect_error(lambda: list(call), grpc.StatusCode.CANCELLED)
    requests.put(None)


def status_code_and_message():
    status = {"code": 2, "message": "test status message"}
    expect_error(
        lambda: unary_call(pb.SimpleRequest(response_status=status), timeout=TIMEOUT), grpc.StatusCode.UNKNOWN, status["message"])
    request = pb.StreamingOutputCallRequest(response_status=status)
    expect_error(
        lambda: list(full_duplex_call(iter((request,)), timeout=TIMEOUT)), grpc.StatusCode.UNKNOWN, status["message"])


def special_status_message():
    status = {"code": 2, "message": SPECIAL}
    expect_error(
        lambda: unary_call(pb.SimpleRequest(response_status=status), timeout=TIMEOUT), grpc.StatusCode.UNKNOWN, SPECIAL)


def custom_metadata():
    response, call = unary_call.with_call(large_request(), metadata=METADATA, timeout=TIMEOUT)
    expect(len(response.payload.body), 314159)
    expect_metadata(call)
    call = full_duplex_call(iter((output_request(314159, 271828),)), metadata=METADATA, timeout=TIMEOUT)
    expect(len(list(call)), 1)
    expect_metadata(call)


def expect_metadata(call):
    expect(dict(call.initial_metadata()).get(INITIAL), METADATA[0][1])
    expect(dict(call.trailing_metadata()).get(TRAILING), METADATA[1][1])


def unimplemented_method():
    call = stub("unary_unary", "UnimplementedCall", pb.Empty, pb.Empty)
    expect_error(lambda: call(pb.Empty(), timeout=TIMEOUT), grpc.StatusCode.UNIMPLEMENTED)


def unimplemented_service():
    call = stub("unary_unary", "UnimplementedCall", pb.Empty, pb.Empty, "grpc.testing.UnimplementedService")
    expect_error(lambda: call(pb.Empty(), timeout=TIMEOUT), grpc.StatusCode.UNIMPLEMENTED)


# Beside the published cases: messages small enough to be written as bytes.
def health():
    check = channel.unary_unary("/grpc.health.v1.Health/Check")
    expect(check(b"", timeout=TIMEOUT), b"\x08\x01")
    expect_error(lambda: check(b"\x0a\x04none", timeout=TIMEOUT), grpc.StatusCode.NOT_FOUND)
    watch = channel.unary_stream("/grpc.health.v1.Health/Watch")(b"", timeout=TIMEOUT)
    expect(next(watch), b"\x08\x01")
    watch.cancel()


def reflection():
    for version in ("v1", "v1alpha"):
        method = channel.stream_stream(f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo")
        (services,) = method(iter((b"\x3a\x01*",)), timeout=TIMEOUT)
        expect(messages.SERVICE.encode() in services, True)


def passes(name, count):
    try:
        case = globals()[name]
        with futures.ThreadPoolExecutor(PARALLEL) as threads:
            for done in [threads.submit(case) for _ in range(count)]:
                done.result()
    except Exception:
        print(name, "failed")
        print(traceback.format_exc(), flush=True)
        return False
    print(name, "ok", flush=True)
    return True


# A deadline is for the case: not for connecting.
empty_unary()
count = int(sys.argv[4]) if len(sys.argv) > 4 else 1
passed = all([passes(name, count) for name in sys.argv[3].split(",")])
print("done", flush=True)
sys.stdin.read()
sys.exit(0 if passed else 1)
