namespace Rollcall.LoadTest.Calls;

/// <summary>One way of calling, at one concurrency.</summary>
/// <param name="Name">Its name in the report.</param>
/// <param name="Workers">Calls in flight.</param>
/// <param name="Loop">What a worker does while its second argument says true; returns the calls made, or the messages received in streams.</param>
internal sealed record CallScenario(string Name, int Workers, Func<IEchoCalls, Func<bool>, Task<long>> Loop)
{
    private const int StreamMessages = 5000;
    private const int PingPongMessages = 500;

    public static IReadOnlyList<CallScenario> Unary { get; } = [.. new[] { 1, 16, 64, 256 }.Select(n => new CallScenario($"unary{n}", n, UnaryAsync))];

    public static IReadOnlyList<CallScenario> Http { get; } = [.. new[] { 1, 16, 64 }.Select(n => new CallScenario($"http{n}", n, UnaryAsync))];

    public static IReadOnlyList<CallScenario> ServerStream { get; } =
        [.. new[] { 1, 8 }.Select(n => new CallScenario($"stream{n}", n, ServerStreamAsync))];

    public static IReadOnlyList<CallScenario> Duplex { get; } =
        [new CallScenario("duplex", 1, PingPongAsync), new CallScenario("duplex8", 8, PingPongAsync)];

    private static async Task<long> UnaryAsync(IEchoCalls calls, Func<bool> running)
    {
        long count = 0;
        while (running())
        {
            Messages.Check(await calls.UnaryAsync());
            count++;
        }

        return count;
    }

    private static async Task<long> ServerStreamAsync(IEchoCalls calls, Func<bool> running)
    {
        long count = 0;
        while (running())
        {
            await calls.ServerStreamAsync(StreamMessages);
            count += StreamMessages;
        }

        return count;
    }

    private static async Task<long> PingPongAsync(IEchoCalls calls, Func<bool> running)
    {
        long count = 0;
        while (running())
        {
            await calls.PingPongAsync(PingPongMessages);
            count += PingPongMessages;
        }

        return count;
    }
}
