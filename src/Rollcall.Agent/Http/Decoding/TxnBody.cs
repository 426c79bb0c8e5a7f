using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Txn;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>One element of the body of <c>txn</c>.</summary>
/// <param name="datacenter">The agent's datacenter, which nodes are put into.</param>
internal sealed class TxnBody(string datacenter)
{
    private static readonly GoStruct<TxnBody> s_type = new GoStruct<TxnBody>("TxnOp", "api.TxnOp")
        .Add((d, v, t) => t.Take(KvBody.Read(d, v)), "KV")
        .Add((d, v, t) => t.Take(NodeBody.Read(d, v, t._datacenter)), "Node")
        .Add((d, v, t) => t.Take(ServiceBody.Read(d, v)), "Service")
        .Add((d, v, t) => t.Take(CheckBody.Read(d, v)), "Check");

    private readonly string _datacenter = datacenter;
    private readonly TxnOperation?[] _operations = new TxnOperation?[4];

    /// <summary>Reads the steps. An element of several takes the first in the order of key, node, service, check; one of none is no step.</summary>
    /// <param name="body">The JSON.</param>
    /// <param name="datacenter">The agent's.</param>
    /// <param name="operations">The steps.</param>
    /// <returns>What is wrong, in Go's words; null: nothing.</returns>
    public static string? Decode(ReadOnlySpan<byte> body, string datacenter, out List<TxnOperation> operations)
    {
        operations = [];
        if (GoJsonParser.Parse(body, out var syntax) is not { } value)
        {
            return syntax;
        }

        var decoder = new GoDecoder();
        foreach (var element in decoder.List(value, "api.TxnOps", item => Read(decoder, item, datacenter)) ?? [])
        {
            if (Array.Find(element._operations, static operation => operation is not null) is { } operation)
            {
                operations.Add(operation);
            }
        }

        return decoder.Error;
    }

    private static TxnBody Read(GoDecoder decoder, GoValue value, string datacenter)
    {
        var body = new TxnBody(datacenter);
        decoder.Struct(value, s_type, body);
        return body;
    }

    private void Take(TxnOperation? operation)
    {
        var place = operation switch { KvOperation => 0, NodeOperation => 1, ServiceOperation => 2, _ => 3 };
        _operations[place] = operation;
    }

    private sealed class KvBody
    {
        private static readonly GoStruct<KvBody> s_type = new GoStruct<KvBody>("KVTxnOp", "api.KVTxnOp")
            .Add((d, v, t) => t._verb = d.Text(v, "api.KVOp"), "Verb")
            .Add((d, v, t) => t._key = d.Text(v), "Key")
            .Add((d, v, t) => t._value = d.Bytes(v), "Value")
            .Add((d, v, t) => t._flags = d.Unsigned(v), "Flags")
            .Add((d, v, t) => t._index = d.Unsigned(v), "Index")
            .Add((d, v, t) => t._session = d.Text(v), "Session")
            .Add((d, v, _) => d.Text(v), "Namespace");

        private string _verb = "";
        private string _key = "";
        private byte[]? _value;
        private ulong _flags;
        private ulong _index;
        private string _session = "";

        public static KvOperation? Read(GoDecoder decoder, GoValue value)
        {
            if (value.Kind == GoKind.Null)
            {
                return null;
            }

            var body = new KvBody();
            decoder.Struct(value, s_type, body);
            return new KvOperation(body._verb, body._key, body._value, body._flags, body._index, body._session);
        }
    }

    private sealed class NodeBody
    {
        private static readonly GoStruct<NodeBody> s_node = new GoStruct<NodeBody>("Node", "api.Node")
            .Add((d, v, t) => t._node = t._node with { Id = d.Text(v) }, "ID")
            .Add((d, v, t) => t._node = t._node with { Node = d.Text(v) }, "Node")
            .Add((d, v, t) => t._node = t._node with { Address = d.Text(v) }, "Address")
            .Add((d, v, t) => t._node = t._node with { TaggedAddresses = d.TextMap(v) }, "TaggedAddresses")
            .Add((d, v, t) => t._node = t._node with { Meta = d.TextMap(v) }, "Meta")
            .Add((d, v, t) => t._node = t._node with { ModifyIndex = d.Unsigned(v) }, "ModifyIndex")
            .Add((d, v, _) => d.Text(v), "Datacenter")
            .Add((d, v, _) => d.Unsigned(v), "CreateIndex");

        private static readonly GoStruct<NodeBody> s_type = new GoStruct<NodeBody>("NodeTxnOp", "api.NodeTxnOp")
            .Add((d, v, t) => t._verb = d.Text(v, "api.NodeOp"), "Verb")
            .Add((d, v, t) => d.Struct(v, s_node, t), "Node");

        private string _verb = "";
        private CatalogNode _node = new();

        public static NodeOperation? Read(GoDecoder decoder, GoValue value, string datacenter)
        {
            if (value.Kind == GoKind.Null)
            {
                return null;
            }

            var body = new NodeBody();
            decoder.Struct(value, s_type, body);
            return new NodeOperation(body._verb, body._node with { Datacenter = datacenter });
        }
    }

    private sealed class ServiceBody
    {
        private static readonly GoStruct<ServiceBody> s_type = new GoStruct<ServiceBody>("ServiceTxnOp", "api.ServiceTxnOp")
            .Add((d, v, t) => t._verb = d.Text(v, "api.ServiceOp"), "Verb")
            .Add((d, v, t) => t._node = d.Text(v), "Node")
            .Add((d, v, t) => t._service = CatalogServiceBody.Read(d, v, CommonFields.Api, out _), "Service");

        private string _verb = "";
        private string _node = "";
        private NodeService? _service;

        public static ServiceOperation? Read(GoDecoder decoder, GoValue value)
        {
            if (value.Kind == GoKind.Null)
            {
                return null;
            }

            var body = new ServiceBody();
            decoder.Struct(value, s_type, body);
            return new ServiceOperation(body._verb, body._node, body._service ?? new NodeService());
        }
    }

    private sealed class CheckBody
    {
        private static readonly GoStruct<CheckBody> s_type = new GoStruct<CheckBody>("CheckTxnOp", "api.CheckTxnOp")
            .Add((d, v, t) => t._verb = d.Text(v, "api.CheckOp"), "Verb")
            .Add((d, v, t) => t._check = CatalogCheckBody.Read(d, v, CommonFields.Api), "Check");

        private string _verb = "";
        private HealthCheck? _check;

        public static CheckOperation? Read(GoDecoder decoder, GoValue value)
        {
            if (value.Kind == GoKind.Null)
            {
                return null;
            }

            var body = new CheckBody();
            decoder.Struct(value, s_type, body);
            return new CheckOperation(body._verb, body._check ?? new HealthCheck());
        }
    }
}
