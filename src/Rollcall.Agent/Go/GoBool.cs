namespace Rollcall.Agent.Go;

/// <summary>Booleans as Go's <c>strconv.ParseBool</c> reads them.</summary>
internal static class GoBool
{
    /// <summary>Null: it is none.</summary>
    public static bool? Read(string text) => text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => null,
    };
}
