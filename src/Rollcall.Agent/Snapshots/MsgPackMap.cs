using System.Text;

namespace Rollcall.Agent.Snapshots;

/// <summary>A map of a snapshot. What is missing, or of another type than is asked for, is empty, 0, false or null: as Go leaves a field that it does not find.</summary>
internal sealed class MsgPackMap(IReadOnlyDictionary<string, object?> values)
{
    public static readonly MsgPackMap Empty = new(new Dictionary<string, object?>());

    public IReadOnlyDictionary<string, object?> Values { get; } = values;

    public string Text(string name) => AsText(Values.GetValueOrDefault(name)) ?? "";

    public byte[]? Bytes(string name) => Values.GetValueOrDefault(name) as byte[];

    public bool Bool(string name) => Values.GetValueOrDefault(name) is true;

    public ulong Unsigned(string name) => Values.GetValueOrDefault(name) switch { ulong number => number, long number and >= 0 => (ulong)number, _ => 0 };

    public long Signed(string name) => Values.GetValueOrDefault(name) switch { ulong number and <= long.MaxValue => (long)number, long number => number, _ => 0 };

    public int Int(string name) => (int)Math.Clamp(Signed(name), int.MinValue, int.MaxValue);

    public double Float(string name) => AsFloat(Values.GetValueOrDefault(name));

    public MsgPackMap Map(string name) => Values.GetValueOrDefault(name) as MsgPackMap ?? Empty;

    public MsgPackMap? MapOrNull(string name) => Values.GetValueOrDefault(name) as MsgPackMap;

    public IReadOnlyList<object?>? List(string name) => Values.GetValueOrDefault(name) as List<object?>;

    public IReadOnlyList<string>? Texts(string name) => AsTexts(Values.GetValueOrDefault(name));

    public IReadOnlyDictionary<string, string>? TextMap(string name) =>
        MapOrNull(name)?.Values.ToDictionary(static pair => pair.Key, static pair => AsText(pair.Value) ?? "", StringComparer.Ordinal);

    public static string? AsText(object? value) => value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : null;

    public static IReadOnlyList<string>? AsTexts(object? value) => value is List<object?> list ? [.. list.Select(static item => AsText(item) ?? "")] : null;

    public static double AsFloat(object? value) => value switch { double number when double.IsFinite(number) => number, ulong number => number, long number => number, _ => 0 };
}
