using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Some of the status codes. Immutable.</summary>
internal readonly struct StatusCodeSet
{
    private readonly uint _bits;

    /// <param name="codes">Statuses of gRPC, 0 to 16.</param>
    public StatusCodeSet(IEnumerable<StatusCode> codes)
    {
        foreach (var code in codes)
        {
            _bits |= 1u << (int)code;
        }
    }

    public bool Contains(StatusCode code) => (uint)code < 32 && (_bits & (1u << (int)code)) != 0;
}
