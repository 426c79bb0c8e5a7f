using System.Text.Json;
using Google.Protobuf;
using Rollcall.Grpc.Dynamic;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Tests.Dynamic;

public sealed class DynamicJsonEncodeTests
{
    [Theory]
    [InlineData("""{"anInt32": 1}""", """{"an_int32": "1"}""")]
    [InlineData("""{"anInt32": 100}""", """{"anInt32": 1e2}""")]
    [InlineData("""{"anInt32": 100}""", """{"anInt32": 100.00}""")]
    [InlineData("""{"anInt32": 15}""", """{"anInt32": "1.5E+1"}""")]
    [InlineData("""{}""", """{"anInt32": -0}""")]
    [InlineData("""{}""", """{"anInt32": 0e99999999999}""")]
    [InlineData("""{"aUint64": "18446744073709551615"}""", """{"aUint64": 18446744073709551615}""")]
    [InlineData("""{"anInt64": "-9223372036854775808"}""", """{"anInt64": -9.223372036854775808e18}""")]
    [InlineData("""{"aFloat": "NaN"}""", """{"a_float": "NaN"}""")]
    [InlineData("""{"aDouble": "-Infinity"}""", """{"aDouble": "-Infinity"}""")]
    [InlineData("""{"aDouble": 1.5}""", """{"aDouble": "1.5"}""")]
    [InlineData("""{"color": "COLOR_RED"}""", """{"color": 1}""")]
    [InlineData("""{"color": 77}""", """{"color": 77}""")]
    [InlineData("""{"someBytes": "+/8="}""", """{"someBytes": "-_8"}""")]
    [InlineData("""{"someBytes": "+/8="}""", """{"someBytes": "+/8"}""")]
    [InlineData("""{"other-name": "x"}""", """{"renamed": "x"}""")]
    [InlineData("""{}""", """{"anInt32": null, "child": null, "int32s": null, "byString": null, "timestamp": null, "textChoice": null}""")]
    [InlineData("""{"value": null}""", """{"value": null}""")]
    [InlineData("""{"nullChoice": null}""", """{"nullChoice": null, "textChoice": null}""")]
    [InlineData("""{"nullChoice": null}""", """{"nullChoice": "NULL_VALUE"}""")]
    [InlineData("""{"maybeInt32": 0, "maybeString": ""}""", """{"maybeInt32": 0, "maybeString": ""}""")]
    [InlineData("""{"int32Value": 0}""", """{"int32Value": 0}""")]
    [InlineData("""{"values": [null, 1, "a", [true], {"b": {}}]}""", """{"values": [null, 1, "a", [true], {"b": {}}]}""")]
    [InlineData("""{"byInt64": {"-1": "a", "0": ""}}""", """{"byInt64": {"-1": "a", "0": ""}}""")]
    [InlineData("""{"timestamp": "2024-02-29T10:00:00Z"}""", """{"timestamp": "2024-02-29T12:30:00.000+02:30"}""")]
    [InlineData("""{"timestamp": "2024-02-29T10:00:00.000001200Z"}""", """{"timestamp": "2024-02-29T10:00:00.0000012Z"}""")]
    [InlineData("""{"duration": "-0.500s"}""", """{"duration": "-0.5s"}""")]
    [InlineData("""{"fieldMask": "aB,c.dE"}""", """{"fieldMask": "aB,c.dE"}""")]
    [InlineData("""{"fieldMask": "aB,c"}""", """{"fieldMask": ",aB,,c,"}""")]
    [InlineData("""{"someBytes": "+/8="}""", """{"someBytes": "+/\r\n8="}""")]
    [InlineData("""{"any": {"@type": "x/google.protobuf.Duration", "value": "1s"}}""", """{"any": {"value": "1.000s", "@type": "x/google.protobuf.Duration"}}""")]
    [InlineData("""{"any": {"@type": "x/google.protobuf.Empty", "value": {}}}""", """{"any": {"@type": "x/google.protobuf.Empty"}}""")]
    [InlineData("""{"any": {"@type": "x/who.Knows", "@value": "AQ=="}}""", """{"any": {"@type": "x/who.Knows", "@value": "AQ"}}""")]
    [InlineData("""{"any": {"@type": "no address", "@value": "AQ=="}}""", """{"any": {"@type": "no address", "@value": "AQ"}}""")]
    [InlineData("""{"any": {}}""", """{"any": {}}""")]
    public void Json_IsTakenInAllItsForms(string expected, string given) =>
        Dynamics.AssertSameJson(expected, Dynamics.Decode(Dynamics.Everything, Dynamics.Encode(Dynamics.Everything, given)));

    [Theory]
    [InlineData("""{"any": {"@type": "x/google.protobuf.Duration", "@value": "AQ=="}}""", "any.value: expected the google.protobuf.Duration as this member")]
    [InlineData("""{"any": {"\ud800": 1, "@type": 5}}""", "any.@type: expected the type's address")]
    [InlineData("""{"aString": "\ud800"}""", "aString: ")]
    [InlineData("""[]""", "expected an object (rollcall.test.dynamic.Everything), not an array")]
    [InlineData("""{"children": [{}, {}, {"anInt32": "x"}]}""", "children[2].anInt32: expected a whole number of 32 bits, not \"x\"")]
    [InlineData("""{"byUint32": {"7": {"child": {"doubles": [1, true]}}}}""", "byUint32[\"7\"].child.doubles[1]: expected a number, not true")]
    [InlineData("""{"structure": {"a": [{"b": 1e999}]}}""", "structure.a[0].b: expected a number, not 1e999")]
    [InlineData("""{"anInt32": 2147483648}""", "anInt32: expected a whole number of 32 bits, not 2147483648")]
    [InlineData("""{"anInt32": 1.5}""", "anInt32: expected a whole number")]
    [InlineData("""{"anInt32": 1e-30}""", "anInt32: expected a whole number")]
    [InlineData("""{"anInt32": " 1"}""", "anInt32: expected a whole number")]
    [InlineData("""{"anInt32": "+1"}""", "anInt32: expected a whole number")]
    [InlineData("""{"anInt32": "01"}""", "anInt32: expected a whole number")]
    [InlineData("""{"anInt32": ""}""", "anInt32: expected a whole number")]
    [InlineData("""{"aUint32": -1}""", "aUint32: expected a whole number from 0 to 2^32-1, not -1")]
    [InlineData("""{"aUint64": 18446744073709551616}""", "aUint64: expected a whole number from 0 to 2^64-1")]
    [InlineData("""{"aFloat": 1e39}""", "aFloat: expected a number of 32 bits, not 1e39")]
    [InlineData("""{"aDouble": "inf"}""", "aDouble: expected a number, not \"inf\"")]
    [InlineData("""{"aDouble": ".5"}""", "aDouble: expected a number")]
    [InlineData("""{"aBool": "true"}""", "aBool: expected true or false, not \"true\"")]
    [InlineData("""{"aString": 5}""", "aString: expected text, not 5")]
    [InlineData("""{"aString": "\ud800"}""", "aString: expected text")]
    [InlineData("""{"someBytes": "*"}""", "someBytes: expected bytes in base64, not \"*\"")]
    [InlineData("""{"color": "RED"}""", "color: expected a value of rollcall.test.dynamic.Color (COLOR_UNSPECIFIED, COLOR_RED, COLOR_GREEN, COLOR_NEGATIVE), not \"RED\"")]
    [InlineData("""{"color": 1.5}""", "color: expected a name or number of rollcall.test.dynamic.Color, not 1.5")]
    [InlineData("""{"child": {"nope": 1}}""", "child.nope: no such field in rollcall.test.dynamic.Everything; it has anInt32, anInt64,")]
    [InlineData("""{"anInt32": 1, "an_int32": 2}""", "given twice")]
    [InlineData("""{"anInt32": 1, "anInt32": 2}""", "anInt32: given twice")]
    [InlineData("""{"textChoice": "a", "numberChoice": 1}""", "numberChoice: cannot be given together with textChoice, because both are of the oneof choice")]
    [InlineData("""{"int32s": 1}""", "int32s: expected an array, not 1")]
    [InlineData("""{"int32s": [null]}""", "int32s[0]: expected a whole number of 32 bits, not null")]
    [InlineData("""{"children": [null]}""", "children[0]: expected an object (rollcall.test.dynamic.Everything), not null")]
    [InlineData("""{"byString": {"a": null}}""", "byString[\"a\"]: expected a whole number of 32 bits, not null")]
    [InlineData("""{"byString": []}""", "byString: expected an object, which is a map, not an array")]
    [InlineData("""{"byInt64": {"a": ""}}""", "byInt64[\"a\"]: expected a key that is a whole number of 64 bits")]
    [InlineData("""{"byBool": {"1": 0}}""", "byBool[\"1\"]: expected the key true or false")]
    [InlineData("""{"byInt64": {"1": "", "1": ""}}""", "byInt64[\"1\"]: given twice")]
    [InlineData("""{"structure": {"a": 1, "a": 1}}""", "structure.a: given twice")]
    [InlineData("""{"timestamp": "2024-02-30T00:00:00Z"}""", "timestamp: expected a time such as \"2006-01-02T15:04:05Z\", not \"2024-02-30T00:00:00Z\"")]
    [InlineData("""{"timestamp": "2024-02-29T00:00:00"}""", "timestamp: expected a time")]
    [InlineData("""{"timestamp": "0001-01-01T00:00:00+01:00"}""", "timestamp: expected a time")]
    [InlineData("""{"duration": "1"}""", "duration: expected a duration in seconds such as \"1.5s\", not \"1\"")]
    [InlineData("""{"duration": "315576000001s"}""", "duration: expected a duration")]
    [InlineData("""{"fieldMask": "a_b"}""", "fieldMask: the path 'a_b' has an underscore")]
    [InlineData("""{"any": {"value": 1}}""", "any.@type: expected the type's address")]
    [InlineData("""{"any": {"@type": "x/who.Knows"}}""", "any.@type: the type who.Knows is not known")]
    [InlineData("""{"any": {"@type": "x/google.protobuf.Duration"}}""", "any.value: expected the google.protobuf.Duration as this member")]
    [InlineData("""{"any": {"@type": "x/google.protobuf.Duration", "value": 1}}""", "any.value: expected a duration")]
    [InlineData("""{"any": {"@type": "x/rollcall.test.EchoRequest", "count": "x"}}""", "any.count: expected a whole number")]
    public void JsonThatDoesNotFit_IsNamedWithItsPath(string json, string fault)
    {
        Assert.False(Dynamics.TryEncode(Dynamics.Everything, json, out var message, out var actual));
        Assert.Null(message);
        Assert.Contains(fault, actual, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"child":""", """}""", 99, true)]
    [InlineData("""{"child":""", """}""", 100, false)]
    [InlineData("""{"value":[""", """]}""", 1, true)]
    public void Nesting_IsLimited(string open, string close, int times, bool taken)
    {
        var json = string.Concat(Enumerable.Repeat(open, times)) + (open.Contains('[', StringComparison.Ordinal) ? "" : "{}") + string.Concat(Enumerable.Repeat(close, times));

        Assert.Equal(taken, Dynamics.TryEncode(Dynamics.Everything, json, out _, out var fault));
        Assert.Equal(taken, fault is null || !fault.EndsWith("nested more than 100 deep", StringComparison.Ordinal));
    }

    [Fact]
    public void ValuesNestedTooDeep_AreRefused()
    {
        Assert.False(Dynamics.TryEncode(Dynamics.Everything, $$"""{"value":{{new string('[', 500)}}{{new string(']', 500)}}}""", out _, out var fault));
        Assert.Contains("nested more than 100 deep", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("google.protobuf.Timestamp", "\"1970-01-01T00:00:01Z\"", "CAE=")]
    [InlineData("google.protobuf.StringValue", "\"a\"", "CgFh")]
    [InlineData("google.protobuf.Empty", "{}", "")]
    [InlineData("google.protobuf.Struct", "{}", "")]
    public void WellKnownType_MayBeTheMessageItself(string type, string json, string bytes) =>
        Assert.Equal(bytes, Convert.ToBase64String(Dynamics.Encode(Dynamics.Catalog.FindMessage(type)!, json)));

    [Fact]
    public void Extensions_GoByTheirFullNameInBrackets()
    {
        const string Json = """
            {"number":1,"[rollcall.test.dynamic.note]":"n","[rollcall.test.dynamic.marks]":[1,2],"[rollcall.test.dynamic.more]":{"name":"s"}}
            """;

        var bytes = Dynamics.Encode(Dynamics.Legacy, Json);

        var registry = new ExtensionRegistry { LegacyExtensions.Note, LegacyExtensions.Marks, LegacyExtensions.More };
        var message = Legacy.Parser.WithExtensionRegistry(registry).ParseFrom(bytes);
        Assert.Equal("n", message.GetExtension(LegacyExtensions.Note));
        Assert.Equal([1, 2], message.GetExtension(LegacyExtensions.Marks));
        Assert.Equal(message.ToByteArray(), bytes);
        Dynamics.AssertSameJson(Json, Dynamics.Decode(Dynamics.Legacy, bytes));
    }

    [Fact]
    public void ExtensionOfAnotherMessage_IsNoField()
    {
        Assert.False(Dynamics.TryEncode(Dynamics.Everything, """{"[rollcall.test.dynamic.note]": "n"}""", out _, out var fault));
        Assert.StartsWith("[rollcall.test.dynamic.note]: no such field", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"strict": {}}""")]
    [InlineData("""{"strict": {"name": null}}""")]
    public void RequiredField_IsMissed(string json)
    {
        Assert.False(Dynamics.TryEncode(Dynamics.Legacy, json, out _, out var fault));
        Assert.Equal("strict.name: required, and not given", fault);
    }

    [Fact]
    public void UnknownMembersAndMissingFields_ArePassedOverWhereAskedFor()
    {
        using var json = JsonDocument.Parse(
            """{"nobody": {"x": [1]}, "number": 1, "strict": {"nobody": null, "legacy": {"[no.extension]": 1, "text": "t"}}}""");

        Assert.True(new DynamicJson(Dynamics.Catalog) { IgnoreUnknownFields = true, AllowPartial = true }.TryEncode(
            Dynamics.Legacy, json.RootElement, out var message, out var fault), fault);
        Assert.Equal(new Legacy { Number = 1, Strict = new() { Legacy = new() { Text = "t" } } }, Legacy.Parser.ParseFrom(message));
        Assert.False(new DynamicJson(Dynamics.Catalog) { AllowPartial = true }.TryEncode(Dynamics.Legacy, json.RootElement, out _, out fault));
        Assert.StartsWith("nobody: no such field", fault, StringComparison.Ordinal);
        Assert.False(new DynamicJson(Dynamics.Catalog) { IgnoreUnknownFields = true }.TryEncode(
            Dynamics.Legacy, json.RootElement, out _, out var path, out fault));
        Assert.Equal(("strict.name", "required, and not given"), (path, fault));
    }

    [Fact]
    public void DefaultsOfProto2_AreWritten()
    {
        var message = Legacy.Parser.ParseFrom(Dynamics.Encode(Dynamics.Legacy, """{"number": 0, "text": "", "inner": {"deep": [{"depth": 1}]}}"""));

        Assert.Equal(new Legacy { Number = 0, Text = "", Inner = new() { Deep = { new Legacy.Types.Inner.Types.Deep { Depth = 1 } } } }, message);
    }

    [Fact]
    public void BrokenJson_NeverThrows()
    {
        var random = new Random(4);
        var formatter = new JsonFormatter(JsonFormatter.Settings.Default.WithTypeRegistry(Google.Protobuf.Reflection.TypeRegistry.FromFiles(
            EverythingReflection.Descriptor, EchoReflection.Descriptor, Google.Protobuf.WellKnownTypes.EmptyReflection.Descriptor)));
        string[] parts = ["null", "1", "\"\"", "[]", "{}", "true", "-", "\"\\udc00\"", "\"@type\"", "\"a\":", "1e99999"];
        var refused = 0;
        var originals = Enumerable.Range(0, 20).Select(seed => formatter.Format(new RandomMessages(new Random(seed)).Create(Everything.Descriptor))).ToList();
        for (var i = 0; i < 1000; i++)
        {
            var json = originals[i % 20];
            var at = random.Next(json.Length);
            json = json[..at] + parts[random.Next(parts.Length)] + json[Math.Min(json.Length, at + random.Next(4))..];
            try
            {
                using var document = JsonDocument.Parse(json);
                refused += new DynamicJson(Dynamics.Catalog).TryEncode(Dynamics.Everything, document.RootElement, out _, out _) ? 0 : 1;
            }
            catch (JsonException)
            {
                // Not JSON any more: not the codec's.
            }
        }

        Assert.NotEqual(0, refused);
    }

    [Fact]
    public void BytesThatAreNoText_AreAFault()
    {
        using var document = JsonDocument.Parse((byte[])[.. "{\"aString\": \""u8, 0xfc, .. "\"}"u8]);

        Assert.False(new DynamicJson(Dynamics.Catalog).TryEncode(Dynamics.Everything, document.RootElement, out _, out var fault));
        Assert.StartsWith("aString: ", fault, StringComparison.Ordinal);
    }
}
