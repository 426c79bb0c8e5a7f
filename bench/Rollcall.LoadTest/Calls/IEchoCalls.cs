namespace Rollcall.LoadTest.Calls;

/// <summary>The calls that every contender makes. Each throws when the answer is wrong. Thread-safe.</summary>
internal interface IEchoCalls : IDisposable
{
    Task<Payload> UnaryAsync();

    /// <summary>One call that the server answers with so many messages.</summary>
    Task ServerStreamAsync(int messages);

    /// <summary>One call in which a message is sent when the answer to the one before it is there.</summary>
    Task PingPongAsync(int messages);

    /// <summary>With no call under way: the next calls open connections of their own.</summary>
    void Reconnect();
}
