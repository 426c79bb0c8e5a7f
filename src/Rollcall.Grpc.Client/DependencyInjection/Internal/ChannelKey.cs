namespace Rollcall.Grpc.Client.DependencyInjection.Internal;

/// <summary>What makes two clients share a channel: the same address, delegates and message handlers.</summary>
/// <param name="address">The address as written.</param>
/// <param name="handlers">Whose message handlers the requests go through; null: the channel's own.</param>
/// <param name="actions">What changes the channel's settings.</param>
internal sealed class ChannelKey(string address, string? handlers, Action<GrpcChannelOptions>[] actions) : IEquatable<ChannelKey>
{
    private readonly string _address = address;
    private readonly string? _handlers = handlers;
    private readonly Action<GrpcChannelOptions>[] _actions = actions;

    public bool Equals(ChannelKey? other) =>
        other is not null && _address == other._address && _handlers == other._handlers && _actions.AsSpan().SequenceEqual(other._actions);

    public override bool Equals(object? obj) => Equals(obj as ChannelKey);

    public override int GetHashCode() => HashCode.Combine(_address, _handlers, _actions.Length);
}
