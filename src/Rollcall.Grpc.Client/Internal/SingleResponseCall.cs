using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>A call with one response: unary and client streaming.</summary>
internal sealed class SingleResponseCall<TResponse> : CallCore
    where TResponse : class
{
    private readonly Marshaller<TResponse> _marshaller;
    private Task<TResponse>? _task;
    private int _failed;

    public SingleResponseCall(CallSlot slot, MethodEntry method, in CallOptions options, IRequestBody body, Marshaller<TResponse> marshaller)
        : base(slot, method, options, body)
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

    private async Task<TResponse> RunAsync()
    {
        while (true)
        {
            var response = await OpenAsync().ConfigureAwait(false);
            var reader = new FrameReader(Policy.MaxReceiveBytes, Channel.Encodings) { Response = response };
            Exception error;
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
                    throw End(failure);
                }

                if (message is not null && whole)
                {
                    return EndWell() is { } lost ? throw lost : message;
                }

                error = Broken(whole ? "ended the call with status OK and no response" : "ended the call in the middle of a message");
            }
            catch (Exception e)
            {
                error = e;
            }
            finally
            {
                reader.Release();
            }

            if (HasEnded)
            {
                throw error;
            }

            await RepeatOrEndAsync(error).ConfigureAwait(false);
        }
    }

    private RpcException Broken(string what) =>
        new(new Status(StatusCode.Internal, $"{Endpoint?.Authority} {what}, against the protocol."));
}
