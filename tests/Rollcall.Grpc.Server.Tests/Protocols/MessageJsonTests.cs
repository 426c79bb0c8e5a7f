using System.Buffers;
using System.Diagnostics;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Rollcall.Grpc.Dynamic;
using Rollcall.Grpc.Server.Protocols;
using Rollcall.Grpc.Server.Tests.Hello;
using Rollcall.Grpc.Server.Tests.Library;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests.Protocols;

public sealed class MessageJsonTests
{
    private static readonly MessageJson s_json = new(
        [LibraryReflection.Descriptor, HelloReflection.Descriptor, LegacyReflection.Descriptor], writesDefaults: false);

    [Theory]
    [InlineData("""{"int64Value":9007199254740993}""", """{ "int64Value": "9007199254740993" }""")]
    [InlineData("""{"int64Value":9223372036854775807}""", """{ "int64Value": "9223372036854775807" }""")]
    [InlineData("""{"int64Value":-9223372036854775808}""", """{ "int64Value": "-9223372036854775808" }""")]
    [InlineData("""{"uint64Value":18446744073709551615}""", """{ "uint64Value": "18446744073709551615" }""")]
    [InlineData("""{"count":9007199254740993}""", """{ "count": "9007199254740993" }""")]
    [InlineData("""{"int64Value":1e2}""", """{ "int64Value": "100" }""")]
    [InlineData("""{"bytesValue":"AQI"}""", """{ "bytesValue": "AQI=" }""")]
    [InlineData("""{"bytesValue":"_-8="}""", """{ "bytesValue": "/+8=" }""")]
    [InlineData("""{"bytesValue":"_-8"}""", """{ "bytesValue": "/+8=" }""")]
    [InlineData("{\"bytesValue\":\"AQ\\r\\nI=\"}", """{ "bytesValue": "AQI=" }""")]
    [InlineData("""{"left":null,"right":7}""", """{ "right": 7 }""")]
    [InlineData("""{"left":"l","right":null}""", """{ "left": "l" }""")]
    [InlineData("""{"mask":"a,,bC,"}""", """{ "mask": "a,bC" }""")]
    [InlineData("""{"genre":77,"genres":["GENRE_NOVEL",2]}""", """{ "genre": 77, "genres": [ "GENRE_NOVEL", "GENRE_ESSAY" ] }""")]
    [InlineData("""{"nobody":[{"x":"\u0041"}],"place":{"nowhere":null,"shelf":1}}""", """{ "place": { "shelf": 1 } }""")]
    [InlineData("""{"swapped":{"a":10}}""", """{ "swapped": { "a": 10 } }""")]
    [InlineData("""{"swapped":{"c":1,"a":2,"b":3}}""", """{ "swapped": { "b": 3, "a": 2, "d": 1 } }""")]
    public void ValidJson_IsTakenAsItIs(string json, string expected) => Assert.Equal(expected, Format(Parse(json, Query.Descriptor)));

    [Fact]
    public void Body_MayBeOneField() =>
        Assert.Equal(9007199254740993, ((Query)Parse("9007199254740993", Query.Descriptor, "int64_value")).Int64Value);

    // A rule names the field as it is declared, whatever it is called in JSON.
    [Theory]
    [InlineData("a", 10, 0, 0)]
    [InlineData("b", 0, 10, 0)]
    [InlineData("c", 0, 0, 10)]
    public void BodyOfOneField_IsThatField(string field, int a, int b, int c) =>
        Assert.Equal(new Swapped { A = a, B = b, C = c }, Parse("10", Swapped.Descriptor, field));

    [Fact]
    public void NullAsTheBodyOfAField_IsItsAbsence() => Assert.Equal("{ }", Format(Parse("null", Query.Descriptor, "place")));

    [Theory]
    [InlineData("""{"detail":{"@type":"type.googleapis.com/rollcall.test.library.Query","int64Value":9007199254740993,"nobody":1}}""")]
    [InlineData("""{"detail":{"int64Value":9007199254740993,"@type":"type.googleapis.com/rollcall.test.library.Query"}}""")]
    public void AnyOfAKnownType_IsReadAsThat(string json) =>
        Assert.Equal(9007199254740993, ((Memory)Parse(json, Memory.Descriptor)).Detail.Unpack<Query>().Int64Value);

    [Fact]
    public void AnyMayHoldDetailsOfErrors()
    {
        var memory = (Memory)Parse(
            """{"detail":{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.5s"}}""", Memory.Descriptor);

        Assert.Equal(TimeSpan.FromSeconds(1.5), memory.Detail.Unpack<Google.Rpc.RetryInfo>().RetryDelay.ToTimeSpan());
    }

    [Fact]
    public void AnyMayHoldWhatEveryProgramWithProtobufHas()
    {
        // Two of them are never empty in JSON, and protobuf writes Option's fields within the member that is one of them.
        MessageDescriptor[] others = [Any.Descriptor, Value.Descriptor, Option.Descriptor];
        MessageDescriptor[] types = [.. MessageCatalog.ProtobufFiles.SelectMany(static file => file.MessageTypes).Except(others)];
        Assert.InRange(types.Length, 40, 100);
        Assert.All(types, static type =>
        {
            var memory = new Memory { Detail = new Any { TypeUrl = $"x/{type.FullName}" } };

            Assert.Equal(memory, Parse(Format(memory), Memory.Descriptor));
        });
    }

    // As generated code reads it: required fields may come from the path, and gRPC does not ask for them either.
    [Theory]
    [InlineData("""{"inner":{"name":"n","deep":[{"depth":1}]},"number":0,"level":"LOW"}""", """{ "number": 0, "level": "LOW", "inner": { "name": "n", "deep": [ { "depth": 1 } ] } }""")]
    [InlineData("""{"strict":{}}""", """{ "strict": { } }""")]
    public void Proto2_IsReadWithoutWhatIsRequired(string json, string expected) => Assert.Equal(expected, Format(Parse(json, Legacy.Descriptor)));

    [Theory]
    [InlineData("""{"int64Value":9223372036854775808}""", "The field 'int64Value' of the request body is wrong: expected a whole number of 64 bits, not 9223372036854775808")]
    [InlineData("""{"place":{"neighbours":[{},{"shelf":"x"}]}}""", "The field 'place.neighbours[1].shelf' of the request body is wrong: expected a whole number of 32 bits, not \"x\"")]
    [InlineData("""{"labels":{"k":1}}""", "The field 'labels[\"k\"]' of the request body is wrong: expected text, not 1")]
    [InlineData("""{"left":"l","right":1}""", "The field 'right' of the request body is wrong: cannot be given together with left, because both are of the oneof choice")]
    [InlineData("""{"name":"a","name":"b"}""", "The field 'name' of the request body is wrong: given twice")]
    [InlineData("""{"int64_value":1,"int64Value":1}""", "of the request body is wrong: given twice")]
    [InlineData("7", "The request body is no rollcall.test.library.Query: expected an object (rollcall.test.library.Query), not 7")]
    public void WrongJson_IsNamedByItsField(string json, string expected)
    {
        var fault = Assert.ThrowsAny<RpcException>(() => Parse(json, Query.Descriptor));

        Assert.Equal(StatusCode.InvalidArgument, fault.StatusCode);
        Assert.Contains(expected, fault.Status.Detail, StringComparison.Ordinal);
    }

    // A body is as long as a caller likes; an answer is not.
    [Theory]
    [InlineData("""{"detail":{"@type":"x/LONG"}}""")]
    [InlineData("""{"anything":{"LONG":1,"LONG":1}}""")]
    [InlineData("""{"photo":"*LONG"}""")]
    [InlineData("""{"at":"LONG"}""")]
    public void LongValue_IsToldInShort(string json)
    {
        var fault = Assert.ThrowsAny<RpcException>(
            () => Parse(json.Replace("LONG", new string('x', 100_000), StringComparison.Ordinal), Memory.Descriptor));

        Assert.InRange(fault.Status.Detail.Length, 1, 500);
    }

    // What is quadratic takes hours.
    [Theory]
    [InlineData("""{"neighbours":[""", "{},", "{}]}")]
    [InlineData("""{"neighbours":[""", """{"room":"r","shelf":9},""", "{}]}")]
    [InlineData("{", "\"nobody\":0,", "\"room\":\"r\"}")]
    [InlineData("{\"room\":\"", "\\u0041", "\"}")]
    [InlineData("""{"shelf":""", "0", "}")]
    public void LongBody_TakesNotLong(string head, string element, string tail)
    {
        var json = head + (head.EndsWith(':') ? "1" : "") + string.Concat(Enumerable.Repeat(element, 4_000_000 / element.Length)) + tail;
        var clock = Stopwatch.StartNew();

        var fault = Record.Exception(() => Parse(json, Place.Descriptor));

        Assert.Equal(element == "0", fault is RpcException);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    private static IMessage Parse(string json, MessageDescriptor type, string? field = null) => s_json.Parse(
        new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(json)), type, field is null ? null : type.FindFieldByName(field));

    private static string Format(IMessage message)
    {
        Assert.True(s_json.TryFormat(message, field: null, out var text, out var fault), fault);
        return text;
    }
}
