using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Rollcall.Agent.Http;

/// <summary>
/// The bodies built of immutable pieces of state, kept as long as the piece itself: a change makes a new piece, so nothing ever has to be
/// thrown out.
/// </summary>
internal sealed class SharedBodies
{
    // Who asks for more different views of one service than this gets bodies of his own.
    private const int MaxViews = 32;

    private readonly ConditionalWeakTable<object, ConcurrentDictionary<string, SharedBody>> _bodies = [];

    /// <param name="state">The piece of state; compared by reference.</param>
    /// <param name="view">Which view of it.</param>
    public SharedBody Of(object state, string view)
    {
        var views = _bodies.GetValue(state, static _ => new ConcurrentDictionary<string, SharedBody>(StringComparer.Ordinal));
        if (views.TryGetValue(view, out var body))
        {
            return body;
        }

        return views.Count < MaxViews ? views.GetOrAdd(view, static _ => new SharedBody()) : new SharedBody();
    }
}
