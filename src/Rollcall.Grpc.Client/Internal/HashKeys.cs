using Grpc.Core;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>What identifies calls to policies that hash, and sends them to instances on trial.</summary>
internal static class HashKeys
{
    private static readonly Func<object, string, string?> s_find = Find;

    /// <exception cref="RpcException">The user's function threw.</exception>
    public static ulong? Of(CallCore call, Metadata? headers)
    {
        try
        {
            return call.Channel.Balancer.GetHashKey(new HashKeyCall(call.Method.FullName, headers, s_find));
        }
        catch (Exception e)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"The function of HashKeySource.From threw: {TransportError.Describe(e)}.", e));
        }
    }

    public static bool? CanaryOf(CallCore call, Metadata? headers) =>
        call.Channel.Balancer.GetCanary(new HashKeyCall(call.Method.FullName, headers, s_find));

    /// <summary>The values of one key, joined by commas as gRFC A76 has it.</summary>
    private static string? Find(object headers, string name)
    {
        string? found = null;
        var metadata = (Metadata)headers;
        for (var i = 0; i < metadata.Count; i++)
        {
            var entry = metadata[i];
            if (!entry.IsBinary && entry.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                found = found is null ? entry.Value : $"{found},{entry.Value}";
            }
        }

        return found;
    }
}
