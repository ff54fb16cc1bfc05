// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "./interfaces/IMarket.sol";
import {IOnchainClient, ResultStatus} from "./interfaces/IOnchainClient.sol";
import {Ending, IOnchainJobs, Input, Order, ResultKind} from "./interfaces/IOnchainJobs.sol";
import {Deal, DealStatus} from "./interfaces/Types.sol";
import {DealLib} from "./libraries/DealLib.sol";
import {JobBlock} from "./libraries/JobBlock.sol";
import {ResultFile} from "./libraries/ResultFile.sol";

/// @title OnchainJobs
/// @dev One word per request: its state, and the deal that it became. It is deleted at the end; an id cannot come again,
///   since every order has a nonce of its own.
contract OnchainJobs is IOnchainJobs {
    using DealLib for *;

    bytes4 private constant ERC1271_MAGIC = 0x1626ba7e;
    bytes32 private constant UNVERIFIABLE = keccak256("lilynode.unverifiable");
    /// @dev Of a block there must be enough left for the delivery itself.
    uint32 private constant MAX_CALLBACK_GAS = 2_000_000;
    uint32 private constant MAX_DATA = 4_096;
    /// @dev For the call itself and what follows it, beside the client's gas.
    uint256 private constant CALL_GAS = 12_000;
    uint256 private constant EXIT_CODE_CHARS = 3;
    /// @dev 20 fields of a word each.
    uint256 private constant ORDER_BYTES = 640;

    IMarket private immutable MARKET;
    bytes32 private immutable MARKET_DOMAIN;

    mapping(bytes32 id => uint256) private _requests; // 8 bits state, then the first 31 bytes of the deal's id
    uint64 private _nonce;
    bytes32 private transient _approved; // the deal that is being taken

    /// @param market_ need not exist yet
    constructor(IMarket market_) {
        MARKET = market_;
        MARKET_DOMAIN = DealLib.domain(address(market_));
    }

    /// @inheritdoc IOnchainJobs
    function request(Order memory order, Input[] calldata inputs) external payable returns (bytes32 id) {
        _expectOrder(order);
        uint256 price = _priceOf(order);
        if (msg.value != price) revert OrderValue(msg.value, price);
        (order.client, order.nonce, order.from) = (msg.sender, ++_nonce, uint64(block.number));
        order.spec = JobBlock.digest(order.module, order.nonce, inputs);
        id = keccak256(abi.encode(order));
        _requests[id] = uint8(OrderState.Open);
        MARKET.deposit{value: price}();
        emit Requested(id, msg.sender, order, inputs);
    }

    /// @inheritdoc IOnchainJobs
    function take(Order calldata order, Deal calldata deal, bytes calldata providerSig)
        external
        returns (bytes32 dealId)
    {
        bytes32 id = idOf(order);
        (OrderState state,) = stateOf(id);
        if (state != OrderState.Open) revert OrderUnexpectedState(id, state, OrderState.Open);
        if (block.number > order.expiry) revert OrderExpired(id, block.number, order.expiry);
        _expectTerms(order, deal, id);
        dealId = deal.id(MARKET_DOMAIN);
        _save(id, OrderState.Taken, dealId);
        _approved = dealId;
        MARKET.commitSigned(deal, "", providerSig);
        _approved = bytes32(0);
    }

    /// @inheritdoc IOnchainJobs
    function check(Order calldata order, Deal calldata deal) external {
        (bytes32 id, bytes32 dealId, OrderState state) = _expectDeal(order, deal);
        if (!order.isChecked) revert OrderUnchecked(id);
        if (state != OrderState.Taken) revert OrderUnexpectedState(id, state, OrderState.Taken);
        _save(id, OrderState.Checked, dealId);
        MARKET.challenge(deal);
        _credit(msg.sender, order.reward);
    }

    /// @inheritdoc IOnchainJobs
    function deliver(Order calldata order, Deal calldata deal, Ending calldata ending) external {
        (bytes32 id, bytes32 dealId, OrderState state) = _expectDeal(order, deal);
        delete _requests[id];
        DealStatus status = _end(order, deal, dealId, ending);
        uint256 left = order.price - deal.price + ending.toCreator;
        // A check that nobody asked for, since the deal ended before or a stranger did, costs nothing.
        if (order.isChecked && state != OrderState.Checked) left += _checkPrice(order);
        _credit(order.client, left);
        _credit(msg.sender, order.reward);
        if (status != DealStatus.Settled || ending.digest == bytes32(0)) {
            return _callRefund(order, id, status, left);
        }
        (ResultStatus how, bytes memory cid, bytes memory data) = _read(order, ending);
        bool called = _call(order, abi.encodeCall(IOnchainClient.onResult, (id, how, cid, data)));
        emit Closed(id, status, how, left, called);
    }

    /// @inheritdoc IOnchainJobs
    function refund(Order calldata order) external {
        bytes32 id = idOf(order);
        (OrderState state,) = stateOf(id);
        if (state != OrderState.Open) revert OrderUnexpectedState(id, state, OrderState.Open);
        bool isClient = msg.sender == order.client;
        if (!isClient && block.number <= order.expiry) revert OrderNotYet(id, block.number, order.expiry);
        delete _requests[id];
        uint256 reward = isClient ? 0 : order.reward;
        uint256 left = _priceOf(order) - reward;
        _credit(order.client, left);
        _credit(msg.sender, reward);
        _callRefund(order, id, DealStatus.None, left);
    }

    /// @inheritdoc IOnchainJobs
    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return digest != bytes32(0) && digest == _approved ? ERC1271_MAGIC : bytes4(0xffffffff);
    }

    /// @inheritdoc IOnchainJobs
    function priceOf(Order calldata order) external pure returns (uint256) {
        return _priceOf(order);
    }

    /// @inheritdoc IOnchainJobs
    function market() external view returns (address) {
        return address(MARKET);
    }

    /// @inheritdoc IOnchainJobs
    function offered(Order calldata order) public view returns (uint256) {
        uint256 elapsed = block.number - order.from;
        return elapsed >= order.ramp ? order.price : uint256(order.price) * elapsed / order.ramp;
    }

    /// @inheritdoc IOnchainJobs
    function stateOf(bytes32 id) public view returns (OrderState state, bytes31 deal) {
        uint256 word = _requests[id];
        return (OrderState(uint8(word)), bytes31(uint248(word >> 8)));
    }

    /// @inheritdoc IOnchainJobs
    function idOf(Order calldata order) public pure returns (bytes32) {
        bytes32 id;
        assembly ("memory-safe") {
            let free := mload(0x40) // scratch beyond the free pointer
            calldatacopy(free, order, ORDER_BYTES)
            id := keccak256(free, ORDER_BYTES)
        }
        return id;
    }

    // --- steps

    /// @dev Brings the deal to its end if this call can, and proves how it ended.
    function _end(Order calldata order, Deal calldata deal, bytes32 dealId, Ending calldata ending)
        private
        returns (DealStatus status)
    {
        uint40 since;
        bytes26 commitment;
        (status, since, commitment) = MARKET.stateOf(dealId);
        if (status == DealStatus.Submitted && ending.digest != bytes32(0)) {
            // Whoever is to be paid sees to it that the check happens.
            if (order.isChecked) revert OrderUnchecked(deal.jobOffer);
            // Until then somebody may challenge it; and what was committed to is what is delivered.
            uint256 windowEnd = uint256(since) + deal.window;
            if (block.timestamp <= windowEnd) revert OrderNotYet(deal.jobOffer, block.timestamp, windowEnd);
            bytes26 opened = bytes26(DealLib.blind(ending.digest, ending.salt, deal.provider));
            if (opened != commitment) revert DeliveryBadOpening(dealId, opened, commitment);
            MARKET.accept(deal, ending.result);
            // The whole price was earned: the Market need not be asked what it has just been told.
            commitment = bytes26(DealLib.outcome(ending.result.digest(), 0));
            status = DealStatus.Settled;
        } else if (status == DealStatus.Submitted || status == DealStatus.Committed) {
            if (status == DealStatus.Submitted) MARKET.settle(deal);
            else MARKET.timeout(deal);
            (status,, commitment) = MARKET.stateOf(dealId);
        }
        if (status == DealStatus.Disputed) revert DeliveryNotOver(dealId, status);
        bytes26 outcome = bytes26(DealLib.outcome(ending.digest, ending.toCreator));
        if (outcome != commitment) revert DeliveryBadOutcome(dealId, outcome, commitment);
    }

    /// @dev What the client is told of a result, proved by the digest that the deal ended with.
    function _read(Order calldata order, Ending calldata ending)
        private
        pure
        returns (ResultStatus status, bytes memory cid, bytes memory data)
    {
        if (ending.digest == UNVERIFIABLE) return (ResultStatus.Unverifiable, "", "");
        bytes32 digest = ending.result.digest();
        if (digest != ending.digest) revert DeliveryBadFile(digest, ending.digest);
        // The Market takes any number for a status; beyond those of a run there is none.
        bool isKnown = ending.result.status <= uint8(ResultStatus.OutputLimit);
        status = isKnown ? ResultStatus(ending.result.status) : ResultStatus.Missing;
        cid = abi.encodePacked(hex"01701220", ending.result.root);
        if (order.kind == ResultKind.Cid || status != ResultStatus.Exited) return (status, cid, "");
        (status, data) = _readFile(order, ending);
    }

    function _readFile(Order calldata order, Ending calldata ending)
        private
        pure
        returns (ResultStatus, bytes memory data)
    {
        bool isCode = order.kind == ResultKind.ExitCode;
        ResultFile.Link memory link =
            ResultFile.find(ending.directory, ending.result.root, isCode ? "exitCode" : "stdout");
        if (!link.exists) return (ResultStatus.Missing, "");
        uint256 limit = isCode ? EXIT_CODE_CHARS : order.dataLimit;
        if (!link.isRaw || link.size > limit) return (ResultStatus.TooLong, "");
        bytes32 found = sha256(ending.file);
        if (found != link.digest) revert DeliveryBadFile(found, link.digest);
        // The link's size is the word of whoever made the directory.
        if (ending.file.length > limit) return (ResultStatus.TooLong, "");
        if (!isCode) return (ResultStatus.Exited, ending.file);
        uint256 code = _number(ending.file);
        if (code > type(uint8).max) return (ResultStatus.Missing, "");
        return (ResultStatus.Exited, abi.encodePacked(uint8(code)));
    }

    function _callRefund(Order calldata order, bytes32 id, DealStatus status, uint256 left) private {
        bool called = _call(order, abi.encodeCall(IOnchainClient.onRefund, (id, status, left)));
        emit Closed(id, status, ResultStatus.Missing, left, called);
    }

    /// @dev The client has exactly the gas that it asked for, so that a delivery with little gas cannot make it fail; and
    ///   what it returns is not copied, so that it cannot make the delivery fail.
    function _call(Order calldata order, bytes memory data) private returns (bool called) {
        address client = order.client;
        uint256 callbackGas = order.callbackGas;
        if (client.code.length == 0) return false;
        uint256 needed = callbackGas + CALL_GAS;
        uint256 found = gasleft() - gasleft() / 64;
        if (found < needed) revert DeliveryGas(found, needed);
        assembly ("memory-safe") {
            called := call(callbackGas, client, 0, add(data, 0x20), mload(data), 0, 0)
        }
    }

    function _credit(address account, uint256 amount) private {
        if (amount != 0) MARKET.transfer(address(0), account, amount);
    }

    function _save(bytes32 id, OrderState state, bytes32 dealId) private {
        _requests[id] = uint256(uint248(bytes31(dealId))) << 8 | uint8(state);
    }

    // --- guards

    function _expectOrder(Order memory order) private view {
        if (order.expiry < block.number) revert OrderTerms("expiry", order.expiry, block.number);
        if (order.seats == 0 || order.seats > DealLib.MAX_SEATS) {
            revert OrderTerms("seats", order.seats, DealLib.MAX_SEATS);
        }
        if (order.rounds == 0 || order.rounds > DealLib.MAX_ROUNDS) {
            revert OrderTerms("rounds", order.rounds, DealLib.MAX_ROUNDS);
        }
        if (order.callbackGas > MAX_CALLBACK_GAS) {
            revert OrderTerms("callbackGas", order.callbackGas, MAX_CALLBACK_GAS);
        }
        if (order.dataLimit > MAX_DATA) revert OrderTerms("dataLimit", order.dataLimit, MAX_DATA);
    }

    function _expectTerms(Order calldata order, Deal calldata deal, bytes32 id) private view {
        uint256 most = offered(order);
        if (deal.price > most) revert OrderDealTerms("price", deal.price, most);
        _expectSame("creator", uint160(deal.creator), uint160(address(this)));
        _expectSame("token", uint160(deal.token), 0);
        _expectSame("unitPrice", deal.unitPrice, DealLib.IF_ACCEPTED);
        _expectSame("collateral", deal.collateral, uint256(deal.price) * order.collateralTimes);
        _expectSame("seatFee", deal.seatFee, order.seatFee);
        _expectSame("jobs", deal.jobs, 1);
        _expectSame("runTime", deal.runTime, order.runTime);
        _expectSame("window", deal.window, order.window);
        _expectSame("seats", deal.seats, order.seats);
        _expectSame("rounds", deal.rounds, order.rounds);
        _expectSame("auditBps", deal.auditBps, 0);
        _expectSame("jobOffer", uint256(deal.jobOffer), uint256(id));
        _expectSame("spec", uint256(deal.spec), uint256(order.spec));
        _expectSame("module", uint256(deal.module), order.isPublished ? uint256(order.module) : 0);
    }

    function _expectSame(bytes32 field, uint256 found, uint256 expected) private pure {
        if (found != expected) revert OrderDealTerms(field, found, expected);
    }

    function _expectDeal(Order calldata order, Deal calldata deal)
        private
        view
        returns (bytes32 id, bytes32 dealId, OrderState state)
    {
        id = idOf(order);
        dealId = deal.id(MARKET_DOMAIN);
        bytes31 known;
        (state, known) = stateOf(id);
        if (state < OrderState.Taken) revert OrderUnexpectedState(id, state, OrderState.Taken);
        if (known != bytes31(dealId)) revert OrderOtherDeal(id, dealId);
    }

    // --- amounts

    function _priceOf(Order memory order) private pure returns (uint256) {
        return uint256(order.price) + order.reward + (order.isChecked ? _checkPrice(order) : 0);
    }

    /// @dev The budget of its committees, and the reward of who asks for them.
    function _checkPrice(Order memory order) private pure returns (uint256) {
        return uint256(order.seatFee) * DealLib.seatsOf(order.seats, order.rounds) + order.reward;
    }

    /// @dev More than any exit code where the text is no number.
    function _number(bytes calldata digits) private pure returns (uint256 value) {
        if (digits.length == 0) return type(uint256).max;
        for (uint256 i = 0; i < digits.length; ++i) {
            if (digits[i] < "0" || digits[i] > "9") return type(uint256).max;
            value = value * 10 + uint8(digits[i]) - 48;
        }
    }
}
