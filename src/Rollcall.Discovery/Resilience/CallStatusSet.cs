using System.Collections;

namespace Rollcall.Discovery.Resilience;

/// <summary>Some of the statuses. Immutable; the default is the empty set.</summary>
public readonly struct CallStatusSet : IEquatable<CallStatusSet>, IEnumerable<CallStatus>
{
    private const int Count = (int)CallStatus.Unauthenticated + 1;

    private readonly uint _bits;

    /// <param name="statuses">From <see cref="CallStatus.Ok"/> to <see cref="CallStatus.Unauthenticated"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">One is no status.</exception>
    public CallStatusSet(params IEnumerable<CallStatus> statuses)
    {
        ArgumentNullException.ThrowIfNull(statuses);
        foreach (var status in statuses)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)status, (uint)Count, nameof(statuses));
            _bits |= 1u << (int)status;
        }
    }

    /// <summary>Whether there is none in it.</summary>
    public bool IsEmpty => _bits == 0;

    /// <summary>The status of gRPC that an HTTP status stands for, by gRPC's own table (http-grpc-status-mapping).</summary>
    public static CallStatus OfHttp(int httpStatus) => httpStatus switch
    {
        >= 200 and < 300 => CallStatus.Ok,
        400 or 431 => CallStatus.Internal,
        401 => CallStatus.Unauthenticated,
        403 => CallStatus.PermissionDenied,
        404 => CallStatus.Unimplemented,
        429 or 502 or 503 or 504 => CallStatus.Unavailable,
        _ => CallStatus.Unknown,
    };

    /// <summary>Whether a status is in it; what is no status is not.</summary>
    public bool Contains(CallStatus status) => (uint)status < Count && (_bits & (1u << (int)status)) != 0;

    /// <inheritdoc/>
    public IEnumerator<CallStatus> GetEnumerator()
    {
        for (var status = CallStatus.Ok; (int)status < Count; status++)
        {
            if (Contains(status))
            {
                yield return status;
            }
        }
    }

    /// <inheritdoc/>
    public bool Equals(CallStatusSet other) => _bits == other._bits;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is CallStatusSet other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)_bits;

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", this);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Whether both have the same statuses.</summary>
    public static bool operator ==(CallStatusSet left, CallStatusSet right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(CallStatusSet left, CallStatusSet right) => !left.Equals(right);
}
