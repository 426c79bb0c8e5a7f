using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>One copy of a hedged call, up to its response headers.</summary>
/// <param name="call">The call.</param>
/// <param name="body">What every copy sends.</param>
/// <param name="lease">Where it goes.</param>
/// <param name="number">1 for the first attempt of the call.</param>
/// <param name="previous">Copies sent before it.</param>
#pragma warning disable CA1001 // the HTTP stack may use the token after the end, and a source without timer and links holds nothing
internal sealed class HedgedAttempt(CallCore call, BufferedContent body, PickLease lease, int number, int previous)
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly AttemptContent _content = new(body);
    private EndpointTransport? _transport;
    private int _state;

    public PickLease Lease => lease;

    public Endpoint Endpoint => lease.Endpoint;

    public int Number => number;

    public int Previous => previous;

    /// <summary>When it was picked, and then when its credentials were there.</summary>
    public long Started { get; private set; } = call.Channel.TimeProvider.GetTimestamp();

    /// <summary>Null until the request is given to it.</summary>
    public EndpointTransport? Transport => Volatile.Read(ref _transport);

    /// <summary>Ends with the response headers or the failure; never faults.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>A response whose body can be read. Null: it failed.</summary>
    public HttpResponseMessage? Response { get; private set; }

    public bool StatusInHeaders { get; private set; }

    /// <summary>Why there is no response.</summary>
    public AttemptFailure Failure { get; private set; }

    public void Start() => Ended = RunAsync();

    /// <summary>Nobody wants its answer any more: the server hears RST_STREAM.</summary>
    public void Abandon()
    {
        if (Interlocked.Exchange(ref _state, State.Abandoned) == State.Ended)
        {
            Response?.Dispose();
        }
        else
        {
            _cancellation.Cancel();
        }
    }

    private async Task RunAsync()
    {
        try
        {
            var target = call.Method.GetTarget(Endpoint);
            var request = call.Address(RequestTemplate.Create(_content, call.Channel), target.Uri, previous);
            if (call.HasCredentials)
            {
                await call.AddCredentialsAsync(request, _cancellation.Token).ConfigureAwait(false);
                Started = call.Channel.TimeProvider.GetTimestamp();
            }

            var response = await call.Method.SendAsync(target, Endpoint, request, ref _transport, _cancellation.Token).ConfigureAwait(false);
            if (ResponseHead.TryAccept(response, Endpoint.Authority, out var statusInHeaders, out var failure))
            {
                StatusInHeaders = statusInHeaders;
                Response = response;
            }
            else
            {
                Failure = failure;
                response.Dispose();
            }
        }
        catch (Exception e)
        {
            Failure = call.Describe(e, Endpoint, _content.WasAskedFor);
        }

        if (Interlocked.CompareExchange(ref _state, State.Ended, State.Running) == State.Abandoned)
        {
            Response?.Dispose();
        }
    }

    private static class State
    {
        public const int Running = 0;
        public const int Ended = 1;
        public const int Abandoned = 2;
    }
}
