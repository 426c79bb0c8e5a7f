using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Testing;

/// <summary>Stands before the agent's API: lets a request through, or through the first fault that meets it. Safe for use by many threads.</summary>
internal sealed class FaultMiddleware(TimeProvider time)
{
    private readonly Lock _lock = new();

    // Both guarded by _lock. A request leaves them before its connection takes the next one, so that dropping never hits the wrong request.
    private readonly HashSet<HttpContext> _open = [];

    // Those of them that a fault for requests that wait can still hit: nothing of their answer has been sent, and no such fault has met them.
    private readonly HashSet<HttpContext> _waiting = [];
    private ImmutableList<InjectedFault> _faults = [];
    private long _requests;

    public long Requests => Interlocked.Read(ref _requests);

    public InjectedFault Add(AgentFault fault, string path, int times)
    {
        var injected = new InjectedFault(fault, path, times, Remove);
        lock (_lock)
        {
            // At once: a request that comes meanwhile meets it either way, and once.
            ImmutableInterlocked.Update(ref _faults, static (faults, added) => faults.Add(added), injected);
            if (fault.EndsWaiting)
            {
                _waiting.RemoveWhere(context =>
                {
                    var isMet = injected.Meets(context.Request.Path);
                    if (isMet)
                    {
                        context.Abort();
                    }

                    return isMet;
                });
            }
        }

        return injected;
    }

    /// <summary>Closes the connections of all requests that are under way.</summary>
    public void Drop()
    {
        lock (_lock)
        {
            foreach (var context in _open)
            {
                context.Abort();
            }
        }
    }

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Interlocked.Increment(ref _requests);
        try
        {
            await (Enter(context) is { } met ? met.Fault.ApplyAsync(new FaultContext(context, time, next)) : next(context)).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _open.Remove(context);
                _waiting.Remove(context);
            }
        }
    }

    /// <summary>Takes note of a request.</summary>
    /// <returns>The fault that meets it.</returns>
    private InjectedFault? Enter(HttpContext context)
    {
        context.Response.OnStarting(() =>
        {
            lock (_lock)
            {
                _waiting.Remove(context);
            }

            return Task.CompletedTask;
        });
        string path = context.Request.Path;
        lock (_lock)
        {
            _open.Add(context);
            var met = _faults.Find(fault => fault.Meets(path));
            if (met?.Fault.EndsWaiting != true)
            {
                _waiting.Add(context);
            }

            return met;
        }
    }

    private void Remove(InjectedFault fault) => ImmutableInterlocked.Update(ref _faults, static (faults, gone) => faults.Remove(gone), fault);
}
