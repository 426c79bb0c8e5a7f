using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>Reaches nobody at first, and all that wait for a connection hear so at the same time.</summary>
/// <param name="groups">How many requests are refused together, one number for each time.</param>
internal sealed class RefusingHandler(params int[] groups) : DelegatingHandler(new SocketsHttpHandler())
{
    private readonly Queue<int> _groups = new(groups);
    private readonly Lock _gate = new();
    private TaskCompletionSource _refusal = New();
    private int _waiting;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Join() is { } refusal)
        {
            await refusal.WithinAsync();
            throw new HttpRequestException(HttpRequestError.ConnectionError, "Refused.");
        }

        return await base.SendAsync(request, cancellationToken);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task? Join()
    {
        lock (_gate)
        {
            if (!_groups.TryPeek(out var size))
            {
                return null;
            }

            var refusal = _refusal;
            if (++_waiting == size)
            {
                _groups.Dequeue();
                _waiting = 0;
                _refusal = New();
                refusal.SetResult();
            }

            return refusal.Task;
        }
    }
}
