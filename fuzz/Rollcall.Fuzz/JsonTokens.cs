namespace Rollcall.Fuzz;

/// <summary>Pieces of JSON for the messages of everything.proto.</summary>
internal static class JsonTokens
{
    public static IReadOnlyList<string> All { get; } =
    [
        "{", "}", "[", "]", ":", ",", "\"", "null", "true", "false", "0", "-1", "1e400", "0.1", "1e-7", "9223372036854775808", "\"NaN\"", "\"-Infinity\"",
        "\\u0000", "\\ud800", "\"\\ud83d\\ude08\"", "//", "/*", "\ufeff", "\"anInt32\":", "\"a_string\":", "\"someBytes\":", "\"AQ==\"", "\"color\":",
        "\"COLOR_RED\"", "\"child\":{", "\"other-name\":", "\"int32s\":[", "\"children\":[{", "\"byString\":{", "\"byInt64\":{", "\"byBool\":{\"true\":",
        "\"valuesByString\":{", "\"textChoice\":", "\"nullChoice\":null", "\"timestamp\":\"9999-12-31T23:59:59.999999999Z\"",
        "\"timestamp\":\"0001-01-01T00:00:00+14:00\"", "\"duration\":\"-315576000000.999999999s\"", "\"fieldMask\":\"aB.c,d\"", "\"structure\":{", "\"value\":[",
        "\"listValue\":[", "\"any\":{\"@type\":\"type.googleapis.com/rollcall.test.dynamic.Everything\"",
        "\"any\":{\"@type\":\"type.googleapis.com/google.protobuf.Duration\",\"value\":\"1s\"}", "\"@type\":", "\"empty\":{}",
    ];
}
