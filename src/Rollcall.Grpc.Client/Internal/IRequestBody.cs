namespace Rollcall.Grpc.Client.Internal;

/// <summary>What a call sends, over all its attempts.</summary>
internal interface IRequestBody
{
    /// <summary>The handler has asked for the body of the current attempt: the headers are on their way to a server.</summary>
    bool HasStarted { get; }

    /// <summary>Everything that was sent can be sent again.</summary>
    bool CanReplay { get; }

    /// <summary>
    /// Bytes to reserve before the retry policy may repeat the call, which are none where the body has seen to that itself. Null: the policy can't
    /// repeat it; a call that no server has seen may still move.
    /// </summary>
    int? RetrySize { get; }

    /// <summary>The name of the compression of its messages; null: none.</summary>
    string? Encoding { get; }

    /// <summary>The request of the next attempt, with this body and the headers that every call has.</summary>
    HttpRequestMessage CreateRequest();

    /// <summary>The attempt that was running has failed: what is written from here on is for the next one, if there is one.</summary>
    void Detach();

    /// <summary>There will be no further attempt: nothing need be kept.</summary>
    void OnCommitted();

    /// <summary>The call has ended. Called once, on any thread.</summary>
    /// <param name="cleanly">
    /// Its only attempt was answered to the end with status OK, by a handler of the channel's own: nothing reads the request any more, and there is
    /// no metadata of the caller's on it.
    /// </param>
    void OnEnded(bool cleanly);
}
