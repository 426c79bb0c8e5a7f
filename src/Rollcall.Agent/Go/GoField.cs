namespace Rollcall.Agent.Go;

/// <summary>One field of a <see cref="GoStruct{T}"/>.</summary>
/// <param name="Name">The name that Go's errors give it.</param>
/// <param name="Set">Puts a value into it.</param>
internal sealed record GoField<T>(string Name, Action<GoDecoder, GoValue, T> Set);
