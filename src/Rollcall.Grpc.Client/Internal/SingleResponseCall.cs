using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>A call with one response: unary and client streaming.</summary>
internal sealed class SingleResponseCall<TResponse> : CallCore<TResponse>
    where TResponse : class
{
    private readonly Marshaller<TResponse> _marshaller;
    private Task<TResponse>? _task;
    private int _failed;

    public SingleResponseCall(CallSlot slot, MethodEntry method, MethodPolicy policy, in CallOptions options, IRequestBody body, Marshaller<TResponse> marshaller)
        : base(slot, method, policy, options, body)
    {
        _marshaller = marshaller;
    }

    public override bool EndsByItself => true;

    public Task<TResponse> Start()
    {
        var task = RunAsync();
        Volatile.Write(ref _task, task);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _failed) != 0)
        {
            FaultObserver.Observe(task);
        }

        return task;
    }

    protected override void OnEnded()
    {
        if (FinalStatus.StatusCode == StatusCode.OK)
        {
            return;
        }

        // Nobody may ever await the response: a call that failed is no fault of the program. A continuation is made for failed calls only.
        Volatile.Write(ref _failed, 1);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _task) is { } task)
        {
            FaultObserver.Observe(task);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    protected override async ValueTask<TResponse> ReceiveAsync(HttpResponseMessage response)
    {
        var reader = new FrameReader(Policy.MaxReceiveBytes, Channel.Encodings) { Response = response };
        try
        {
            TResponse? message = null;
            var body = await response.Content.ReadAsStreamAsync(Token).ConfigureAwait(false);
            while (await body.ReadAsync(reader.GetMemory(), Token).ConfigureAwait(false) is var count and > 0)
            {
                reader.Advance(count);
                while (reader.TryRead(_marshaller, out var next))
                {
                    message = message is null ? next : throw Broken("sent more than one response");
                }
            }

            var whole = reader.IsAtBoundary;
            if (TryReadFailure(response, out var failure))
            {
                throw EndCommitted(failure);
            }

            if (message is null || !whole)
            {
                throw Broken(whole ? "ended the call with status OK and no response" : "ended the call in the middle of a message");
            }

            return EndWell() is { } lost ? throw lost : message;
        }
        finally
        {
            reader.Release();
        }
    }

    private RpcException Broken(string what) =>
        new(new Status(StatusCode.Internal, $"{Endpoint?.Authority} {what}, against the protocol."));
}
