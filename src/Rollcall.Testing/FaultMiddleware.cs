using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Testing;

/// <summary>Stands before the agent's API: lets a request through, or through the first fault that meets it. Safe for use by many threads.</summary>
internal sealed class FaultMiddleware(TimeProvider time)
{
    // Guarded by itself. A request leaves it before its connection takes the next one, so that dropping never hits the wrong request.
    private readonly HashSet<HttpContext> _open = [];
    private ImmutableList<InjectedFault> _faults = [];
    private long _requests;

    public long Requests => Interlocked.Read(ref _requests);

    public InjectedFault Add(AgentFault fault, string path, int times)
    {
        var injected = new InjectedFault(fault, path, times, Remove);
        ImmutableInterlocked.Update(ref _faults, static (faults, added) => faults.Add(added), injected);
        if (fault.EndsWaiting)
        {
            Drop(injected.Meets);
        }

        return injected;
    }

    /// <summary>Closes the connections of requests that are under way.</summary>
    public void Drop(Func<string, bool> path)
    {
        lock (_open)
        {
            foreach (var context in _open.Where(context => path(context.Request.Path)))
            {
                context.Abort();
            }
        }
    }

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Interlocked.Increment(ref _requests);
        lock (_open)
        {
            _open.Add(context);
        }

        try
        {
            string path = context.Request.Path;
            var met = _faults.Find(fault => fault.Meets(path));
            await (met is null ? next(context) : met.Fault.ApplyAsync(new FaultContext(context, time, next))).ConfigureAwait(false);
        }
        finally
        {
            lock (_open)
            {
                _open.Remove(context);
            }
        }
    }

    private void Remove(InjectedFault fault) => ImmutableInterlocked.Update(ref _faults, static (faults, gone) => faults.Remove(gone), fault);
}
