using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests;

/// <summary>Endpoints for tests.</summary>
internal static class Instances
{
    public static Endpoint A { get; } = new("a", "127.0.0.1", 1001);

    public static Endpoint B { get; } = new("b", "127.0.0.1", 1002);

    public static Endpoint C { get; } = new("c", "127.0.0.1", 1003);

    /// <summary>For comparing: immutable arrays are equal only when they are the same.</summary>
    public static Endpoint[] List(this EndpointSnapshot snapshot) => [.. snapshot.Endpoints];

    public static Endpoint[] Many(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Endpoint($"i{i:00000}", "127.0.0.1", 1 + (i % 65000)))];

    public static Endpoint With(this Endpoint endpoint, int weight) => new(endpoint.Id, endpoint.Host, endpoint.Port) { Weight = weight };

    /// <summary>
    /// Waits until the one caller of the one service picks from these. <see cref="EndpointWatch.Current"/> is a moment ahead of it: callers hear of a
    /// list that is there already.
    /// </summary>
    public static Task PickedAsync(this EndpointDirectory directory, params string[] ids) => Eventually.TrueAsync(
        () => directory.Describe().Services is [{ Callers: [var caller] }] && caller.Endpoints.Select(static e => e.Endpoint.Id).SequenceEqual(ids));
}
