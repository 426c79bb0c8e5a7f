using System.Collections.Concurrent;

namespace Rollcall.Grpc.Client.DependencyInjection.Internal;

/// <summary>Values that are made at the first use of their key, by one caller. What fails is tried anew at the next use. Thread-safe.</summary>
internal sealed class MadeOnce<TKey, TValue>
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Lazy<TValue>> _values = new();

    public IEnumerable<TValue> Values => _values.Values.Where(static v => v.IsValueCreated).Select(static v => v.Value);

    public TValue Get(TKey key, Func<TValue> make)
    {
        var value = _values.GetOrAdd(key, static (_, make) => new Lazy<TValue>(make), make);
        try
        {
            return value.Value;
        }
        catch
        {
            // What was missing may be there the next time, such as a certificate's file.
            _values.TryRemove(KeyValuePair.Create(key, value));
            throw;
        }
    }
}
