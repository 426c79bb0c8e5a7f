using System.Collections.Immutable;

namespace Rollcall.Discovery.Resilience;

/// <summary>Which HTTP statuses a policy means, that names statuses of gRPC and maybe some of HTTP.</summary>
internal static class HttpStatuses
{
    /// <param name="status">Of a response.</param>
    /// <param name="named">What the policy names for HTTP; empty: by the table. A 4xx is the caller's fault and not in it, but for 408 and 429.</param>
    /// <param name="byTable">What the policy names for gRPC.</param>
    public static bool Contains(int status, ImmutableArray<int> named, CallStatusSet byTable) => named.IsDefaultOrEmpty
        ? status is 408 or 429 or >= 500 && byTable.Contains(CallStatusSet.OfHttp(status))
        : named.Contains(status);
}
