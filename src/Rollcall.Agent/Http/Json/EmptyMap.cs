using System.Collections.ObjectModel;

namespace Rollcall.Agent.Http.Json;

/// <summary>A map with nothing in it.</summary>
internal static class EmptyMap
{
    public static readonly IReadOnlyDictionary<string, string> Instance = ReadOnlyDictionary<string, string>.Empty;
}
